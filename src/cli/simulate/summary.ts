import { bytes, clock, whole } from '../output/format.js';
import type { Style } from '../output/style.js';
import { renderFacts, renderTable, type Column } from '../output/table.js';
import type { SimulatedDevice } from './device.js';
import type { Comparison, Ledger } from './ledger.js';
import { increment, REQUESTS, type RequestKind, type Tally } from './tally.js';

/** Latencies in milliseconds, until the response is complete. */
interface RequestSummary {
  readonly count: number;
  readonly per_second: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
}

/** The JSON output of `ota simulate`. */
export interface Summary {
  readonly devices: number;
  readonly seconds: number;
  /** Number of devices by what they run, such as `1.1.0 build 2`. */
  readonly versions: Readonly<Record<string, number>>;
  /** Devices that a new image left dead. */
  readonly dead: number;
  /** Number of attempts by the status that the server must have. */
  readonly attempts: Readonly<Record<string, number>>;
  /** Number of checks without an offer, by the server's reason. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly requests: Readonly<Partial<Record<RequestKind, RequestSummary>>>;
  readonly bytes_downloaded: number;
  /** Number of requests that a rate limit refused and that were sent again after Retry-After. */
  readonly rate_limited: Readonly<Record<string, number>>;
  /** Unexpected errors and their number. */
  readonly errors: Readonly<Record<string, number>>;
  readonly logs?: Comparison;
}

export function summarize(
  fleet: readonly SimulatedDevice[],
  tally: Tally,
  ledger: Ledger,
  seconds: number,
): Summary {
  const kinds: readonly RequestKind[] = tally.times.enroll.count > 0 ? ['enroll', ...REQUESTS] : REQUESTS;
  const requests = kinds.map((kind) => [kind, summarizeRequests(tally, kind, seconds)] as const);
  return {
    devices: fleet.length,
    seconds: rounded(seconds),
    versions: countVersions(fleet),
    dead: fleet.filter(({ activity }) => activity === 'dead').length,
    attempts: ledger.countByStatus(),
    reasons: Object.fromEntries(tally.reasons),
    requests: Object.fromEntries(requests),
    bytes_downloaded: tally.bytesDownloaded,
    rate_limited: Object.fromEntries(tally.rateLimited),
    errors: Object.fromEntries(tally.errors),
  };
}

/** Counts devices by what they run, the most frequent first. */
export function countVersions(fleet: readonly SimulatedDevice[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { version, build } of fleet) increment(counts, `${version} build ${build}`);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

function summarizeRequests(tally: Tally, kind: RequestKind, seconds: number): RequestSummary {
  const times = tally.times[kind];
  const at = (percentile: number): number => (times.count === 0 ? 0 : times.percentile(percentile) / 1000);
  return {
    count: times.count,
    per_second: rounded(times.count / Math.max(seconds, 0.001)),
    p50_ms: rounded(at(50)),
    p95_ms: rounded(at(95)),
    p99_ms: rounded(at(99)),
    max_ms: rounded(times.count === 0 ? 0 : times.max / 1000),
  };
}

const rounded = (value: number): number => Number(value.toFixed(2));

const REQUEST_COLUMNS: readonly Column<readonly [string, RequestSummary]>[] = [
  { title: 'REQUESTS', cell: ([kind]) => kind },
  { title: 'COUNT', cell: ([, { count }]) => whole(count), align: 'right' },
  { title: 'PER SECOND', cell: ([, { per_second }]) => whole(per_second), align: 'right' },
  { title: 'P50 MS', cell: ([, { p50_ms }]) => p50_ms.toFixed(1), align: 'right' },
  { title: 'P95 MS', cell: ([, { p95_ms }]) => p95_ms.toFixed(1), align: 'right' },
  { title: 'P99 MS', cell: ([, { p99_ms }]) => p99_ms.toFixed(1), align: 'right' },
  { title: 'MAX MS', cell: ([, { max_ms }]) => max_ms.toFixed(1), align: 'right' },
];

export function renderSummary(summary: Summary, width: number, style?: Style): string {
  const { logs } = summary;
  const facts: [string, string][] = [
    ['Devices', `${whole(summary.devices)} in ${clock(summary.seconds)}`],
    ['Run now', counted(summary.versions)],
    ...(summary.dead > 0 ? [['Dead', whole(summary.dead)] as [string, string]] : []),
    ['Attempts', counted(summary.attempts)],
    ['No update', counted(summary.reasons)],
    ['Downloaded', bytes(summary.bytes_downloaded)],
    ...(Object.keys(summary.rate_limited).length > 0
      ? [['Sent again', `${counted(summary.rate_limited)} (rate limits)`] as [string, string]]
      : []),
    ['Errors', counted(summary.errors)],
    ...(logs ? [['Logs', renderComparison(logs)] as [string, string]] : []),
  ];
  const requests = renderTable(Object.entries(summary.requests), REQUEST_COLUMNS, width, style);
  return `${renderFacts(facts, width, style)}\n\n${requests}`;
}

/** Formats counts by name, as `success: 9,500, failed: 200`. */
export function counted(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name}: ${whole(count)}`);
  return parts.join(', ') || 'none';
}

const renderComparison = ({ rows, agree, differ }: Comparison): string =>
  differ.length === 0
    ? `${whole(rows)} rows, all as expected`
    : `${whole(rows)} rows, ${whole(agree)} as expected, ${whole(differ.length)} different`;
