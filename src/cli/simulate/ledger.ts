import {
  applyReport,
  isEnded,
  type AttemptReport,
  type AttemptState,
  type AttemptStatus,
} from '../../domain/ota-attempt.js';
import type { OtaLog } from '../api/wire/logs.js';
import type { Report } from './device.js';

/** An attempt as it must be in the server's logs, according to the reports it acknowledged. */
export interface ExpectedAttempt {
  readonly deviceId: number;
  readonly firmwareId: number;
  state: AttemptState;
  /** A report was sent that may or may not have arrived. */
  isUncertain: boolean;
}

export interface Difference {
  readonly device_id: number;
  readonly firmware_id: number;
  readonly expected: string | null;
  readonly found: string | null;
}

export interface Comparison {
  /** Rows of these devices in the server's logs. */
  readonly rows: number;
  readonly agree: number;
  readonly differ: readonly Difference[];
}

const OPENED = { status: 'pending' } as const;

/** Records what the server's logs must contain for the simulated devices. */
export class Ledger {
  private readonly byDevice = new Map<number, ExpectedAttempt[]>();

  /** An offer opens an attempt unless one is open. */
  offered(deviceId: number, firmwareId: number): void {
    const latest = this.latest(deviceId, firmwareId);
    if (!latest || isEnded(latest.state.status)) this.apply(deviceId, firmwareId, null, OPENED);
  }

  /** Records a report that the server acknowledged. */
  acknowledged(deviceId: number, report: Report): void {
    const latest = this.latest(deviceId, report.firmwareId);
    this.apply(deviceId, report.firmwareId, latest ?? null, report);
  }

  /** Records a report that was not acknowledged but may have arrived. */
  lost(deviceId: number, report: Report): void {
    const latest = this.latest(deviceId, report.firmwareId);
    if (latest) latest.isUncertain = true;
  }

  get attempts(): readonly ExpectedAttempt[] {
    return [...this.byDevice.values()].flat();
  }

  countByStatus(): Partial<Record<AttemptStatus, number>> {
    const counts: Partial<Record<AttemptStatus, number>> = {};
    for (const { state } of this.attempts) counts[state.status] = (counts[state.status] ?? 0) + 1;
    return counts;
  }

  /** Compares row by row, in the order in which the attempts of a device at a firmware were opened. */
  compare(rows: readonly OtaLog[]): Comparison {
    const expected = group(this.attempts, ({ deviceId, firmwareId }) => `${deviceId} ${firmwareId}`);
    const oldestFirst = [...rows].sort((a, b) => a.id - b.id);
    const found = group(oldestFirst, ({ device_id, firmware_id }) => `${device_id} ${firmware_id}`);
    const differ: Difference[] = [];
    let agree = 0;
    for (const key of new Set([...expected.keys(), ...found.keys()])) {
      const [device_id = 0, firmware_id = 0] = key.split(' ').map(Number);
      const [ours, theirs] = [expected.get(key) ?? [], found.get(key) ?? []];
      const isUncertain = ours.some((attempt) => attempt.isUncertain);
      for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
        const wanted = describe(ours[i]?.state);
        const is = describe(theirs.map(stateOfRow)[i]);
        if (wanted === is || isUncertain) agree++;
        else differ.push({ device_id, firmware_id, expected: wanted, found: is });
      }
    }
    return { rows: rows.length, agree, differ };
  }

  private apply(
    deviceId: number,
    firmwareId: number,
    latest: ExpectedAttempt | null,
    report: AttemptReport,
  ): void {
    const outcome = applyReport(latest?.state ?? null, report, NOW);
    if (latest) latest.isUncertain = false;
    if (outcome.kind === 'repeat') return;
    if (latest && outcome.kind === 'advance') {
      latest.state = outcome.state;
      return;
    }
    const attempts = this.byDevice.get(deviceId) ?? [];
    attempts.push({ deviceId, firmwareId, state: outcome.state, isUncertain: false });
    this.byDevice.set(deviceId, attempts);
  }

  private latest(deviceId: number, firmwareId: number): ExpectedAttempt | undefined {
    return this.byDevice.get(deviceId)?.findLast((attempt) => attempt.firmwareId === firmwareId);
  }
}

/** Times are set by the server and are not compared. */
const NOW = new Date(0);

type Comparable = Pick<AttemptState, 'bytesDownloaded' | 'errorMessage'> & { readonly status: string };

const stateOfRow = (row: OtaLog): Comparable => ({
  status: row.status,
  bytesDownloaded: row.bytes_downloaded,
  errorMessage: row.error_message,
});

function describe(state: Comparable | undefined): string | null {
  if (!state) return null;
  const error = state.errorMessage === null ? '' : `, ${state.errorMessage}`;
  return `${state.status}, ${state.bytesDownloaded} bytes${error}`;
}

function group<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const members = groups.get(key);
    if (members) members.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
