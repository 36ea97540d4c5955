import { macOf } from '../../domain/device-id.js';
import type { NoUpdateReason } from '../../domain/update-decision.js';
import type { FleetSummary, WireDevice } from '../api/wire/devices.js';
import type { OtaLog } from '../api/wire/logs.js';
import { counted, whole } from './format.js';
import { logColumns, type FirmwareById } from './logs.js';
import type { Output } from './output.js';
import type { StyleName } from './style.js';
import { renderFacts, renderTable, type Column } from './table.js';
import { wrap } from './text.js';
import type { Times } from './times.js';

const STATUS_STYLES: Readonly<Record<string, StyleName>> = {
  up_to_date: 'green',
  updating: 'cyan',
  waiting: 'yellow',
  silent: 'red',
  failed: 'red',
  rolled_back: 'red',
  blocked: 'dim',
  pending: 'yellow',
};

const styleOf = ({ status }: WireDevice): StyleName | null => STATUS_STYLES[status] ?? null;

/** `up to date` of `up_to_date`. */
const inWords = (code: string): string => code.replaceAll('_', ' ');

/** `0.4`, `true` or `B`, by key. */
const attributesText = ({ attributes }: WireDevice): string =>
  Object.entries(attributes)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');

/** Why a device is offered nothing, in few words. */
const REASONS: Readonly<Record<NoUpdateReason, string>> = {
  up_to_date: 'up to date',
  no_release: 'no release',
  below_min_current_version: 'below floor',
  unparsable_current_version: 'version unreadable',
  update_loop: 'update loop',
  device_blocked: 'blocked',
  device_pending: 'pending',
  rollout_waiting: 'rollout waiting',
  rollout_paused: 'rollout paused',
  outside_window: 'outside window',
  attempts_exhausted: 'failed before',
  downgrade_not_accepted: 'no downgrade',
  below_secure_version: 'secure version',
};

/** Empty where the status says the same. A newer server may know more reasons. */
function reasonText({ reason, status }: WireDevice): string {
  if (reason === null) return '';
  const text = (REASONS as Readonly<Record<string, string>>)[reason] ?? inWords(reason);
  return text === inWords(status) ? '' : text;
}

/** The column says that it is an age. */
const ageOf = (seen: string, times: Times): string => times.age(seen).replace(/ ago$/, '');

/** With ids that are MAC addresses, 80 columns have room for all but those that are left out before WANTS. */
const deviceColumns = (times: Times): readonly Column<WireDevice>[] => [
  { title: 'ID', cell: ({ device_id }) => device_id, align: 'right' },
  { title: 'NAME', cell: ({ name }) => name ?? '', least: 10, leaveOut: 3 },
  { title: 'TYPE', cell: ({ device_type }) => device_type ?? '', least: 8 },
  { title: 'VERSION', cell: ({ version }) => version ?? '', least: 7 },
  { title: 'BUILD', cell: ({ build_number }) => build_number ?? '', align: 'right', leaveOut: 4 },
  { title: 'STATUS', cell: ({ status }) => inWords(status), style: styleOf },
  { title: 'REASON', cell: reasonText, least: 11 },
  { title: 'WANTS', cell: ({ desired_version }) => desired_version ?? '', least: 7, leaveOut: 1 },
  { title: 'SEEN', cell: ({ last_seen_at }) => ageOf(last_seen_at, times), leaveOut: 2 },
  {
    title: 'CHANNEL',
    cell: ({ channel }) => (channel === 'stable' ? '' : channel),
    least: 7,
    leaveOut: 5,
  },
  { title: 'TAGS', cell: ({ tags }) => tags.join(', '), least: 8, leaveOut: 6 },
];

/** How many devices there are, and of which status; null: nobody knows how many of each. */
interface Counts {
  readonly total: number;
  readonly byStatus: Readonly<Record<string, number>> | null;
}

/**
 * The server counts by status once in a while, and may have counted before the rows were read: where all rows are shown they
 * are counted, and a summary of another number of devices is not shown.
 */
function countsOf(rows: readonly WireDevice[], summary: FleetSummary | null, total: number): Counts {
  if (total > rows.length) {
    return { total, byStatus: summary?.total === total ? summary.by_status : null };
  }
  const byStatus: Record<string, number> = {};
  for (const { status } of rows) byStatus[status] = (byStatus[status] ?? 0) + 1;
  return { total: rows.length, byStatus };
}

/** `1,204 devices: 1,100 up to date, 60 waiting`, the most frequent first. */
function countLine({ total, byStatus }: Counts, width: number): string {
  const counts = Object.entries(byStatus ?? {}).filter(([, count]) => count > 0);
  counts.sort(([, a], [, b]) => b - a);
  const parts = counts.map(([status, count]) => `${whole(count)} ${inWords(status)}`);
  const text =
    parts.length === 0 ? counted(total, 'device') : `${counted(total, 'device')}: ${parts.join(', ')}`;
  return wrap(text, width).join('\n');
}

/** A table of one page under the counts of all, and how to see the rest. */
export function renderDevices(
  rows: readonly WireDevice[],
  summary: FleetSummary | null,
  { width, style, times }: Output,
  total: number,
): string {
  const heading = [countLine(countsOf(rows, summary, total), width), ''];
  const table = rows.length === 0 ? [] : [renderTable(rows, deviceColumns(times), width, style)];
  const isAll = total <= rows.length || rows.length === 0;
  const rest = isAll
    ? []
    : ['', `${whole(rows.length)} of ${whole(total)} devices. Use --limit for more, or --all.`];
  return [...heading, ...table, ...rest].join('\n').trimEnd();
}

/** One device with its last attempts. */
export function renderDevice(
  device: WireDevice,
  attempts: readonly OtaLog[],
  firmware: FirmwareById,
  output: Output,
): string {
  const { width, style, times } = output;
  const status = style(styleOf(device) ?? 'bold', inWords(device.status));
  const facts: [string, string | number | null][] = [
    ['ID', idText(device.device_id)],
    ['Name', device.name],
    ['Type', device.device_type],
    ['Runs', device.version === null ? null : `${device.version}, build ${device.build_number ?? 0}`],
    ['Wants', device.desired_version],
    ['Reason', reasonText(device) || null],
    ['Seen', times.fullWithAge(device.last_seen_at)],
    ['First seen', times.fullWithAge(device.first_seen_at)],
    ['Checks every', device.check_interval === null ? null : counted(device.check_interval, 'second')],
    ['Channel', device.channel],
    ['Tags', device.tags.join(', ') || null],
    ['Attributes', attributesText(device) || null],
    ['Identity', device.identity],
    ['Notes', device.notes],
  ];
  const card = renderFacts(
    facts.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
    width,
    style,
  );
  const title = `${style('bold', 'Status'.padEnd(12))}  ${status}`;
  const known = logColumns(times, firmware).filter(
    ({ title: name }) => name !== 'DEVICE' && name !== 'DEVICE TYPE',
  );
  const history =
    attempts.length === 0 ? 'No attempts.' : `Last attempts:\n${renderTable(attempts, known, width, style)}`;
  return `${title}\n${card}\n\n${history}`;
}

/** With the MAC address that many ids are. */
function idText(id: number): string {
  const mac = macOf(id);
  return mac === null ? String(id) : `${id} (${mac})`;
}
