import {
  applyReport,
  type AttemptReport,
  type AttemptState,
  type AttemptStatus,
} from '../domain/ota-attempt.js';

/** What a device says of its attempt at a firmware. */
export interface DeviceReport extends AttemptReport {
  readonly deviceId: number;
  readonly firmwareId: number;
}

/** An attempt while reports are applied to it. */
export interface Attempt {
  readonly deviceId: number;
  readonly firmwareId: number;
  /** 0 until it is written. */
  id: number;
  state: AttemptState;
}

export interface ReportResult {
  readonly report: DeviceReport;
  readonly attempt: Attempt;
  readonly status: AttemptStatus;
}

/** What has to be written for some reports, and what becomes of each. */
export interface ReportPlan {
  /** New rows, in the order in which they were begun. */
  readonly opened: readonly Attempt[];
  /** Rows that there were, each once. */
  readonly advanced: readonly Attempt[];
  /** For each report, in order: where it went, and where that stood then. */
  readonly results: readonly ReportResult[];
}

/**
 * Applies reports one after the other, as if each came alone.
 * @param latest the newest attempt of each (device, firmware) that has one; changed on the way
 */
export function planReports(
  reports: readonly DeviceReport[],
  latest: readonly Attempt[],
  now: Date,
): ReportPlan {
  const newest = new Map(latest.map((attempt) => [keyOf(attempt), attempt]));
  const opened: Attempt[] = [];
  const advanced = new Set<Attempt>();

  const results = reports.map((report) => {
    const present = newest.get(keyOf(report));
    const outcome = applyReport(present?.state ?? null, report, now);
    if (outcome.kind === 'open' || !present) {
      const { deviceId, firmwareId } = report;
      const state = outcome.kind === 'repeat' ? outcome.attempt : outcome.state;
      const attempt = { id: 0, deviceId, firmwareId, state };
      opened.push(attempt);
      newest.set(keyOf(report), attempt);
      return { report, attempt, status: state.status };
    }
    if (outcome.kind === 'advance') {
      present.state = outcome.state;
      if (present.id !== 0) advanced.add(present);
    }
    return { report, attempt: present, status: present.state.status };
  });
  return { opened, advanced: [...advanced], results };
}

const keyOf = ({ deviceId, firmwareId }: Pick<Attempt, 'deviceId' | 'firmwareId'>): string =>
  `${deviceId}:${firmwareId}`;
