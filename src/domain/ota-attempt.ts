import { firstCodePoints, storableText } from './storable-text.js';

/** An attempt is one try of one device at one firmware: a row of device_ota_log. */
export const ATTEMPT_STATUSES = ['pending', 'downloading', 'installing', 'success', 'failed'] as const;
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];

/** In which an attempt stays. */
export const ENDED_STATUSES: readonly AttemptStatus[] = ['success', 'failed'];
export const isEnded = (status: AttemptStatus): boolean => ENDED_STATUSES.includes(status);

/** Longest error message that is kept, in characters. */
export const MAX_ERROR_MESSAGE = 2000;

/** What an attempt has come to. */
export interface AttemptState {
  readonly status: AttemptStatus;
  readonly errorMessage: string | null;
  /** Highest count that the device has reported, 0..fileSize. */
  readonly bytesDownloaded: number;
  readonly downloadStartedAt: Date | null;
  readonly downloadCompletedAt: Date | null;
  readonly installedAt: Date | null;
}

export interface AttemptReport {
  readonly status: AttemptStatus;
  readonly bytesDownloaded?: number | undefined;
  readonly errorMessage?: string | undefined;
}

export type ReportOutcome<A extends AttemptState> =
  /** The first report, or the first of a retry after the last attempt ended: a new row. */
  | { readonly kind: 'open'; readonly state: AttemptState }
  | { readonly kind: 'advance'; readonly attempt: A; readonly state: AttemptState }
  /** Nothing to write: the attempt has ended and the report says so again. */
  | { readonly kind: 'repeat'; readonly attempt: A };

/** Of which nothing has been reported yet. */
export const FRESH_ATTEMPT: AttemptState = {
  status: 'pending',
  errorMessage: null,
  bytesDownloaded: 0,
  downloadStartedAt: null,
  downloadCompletedAt: null,
  installedAt: null,
};

/**
 * What a report does to the newest attempt of (device, firmware).
 *
 * - An open attempt takes every report. The status becomes what the device said, except that a late report of an
 *   earlier step does not take it back a step; timestamps are set by the first report that implies them and never move.
 * - An ended attempt takes nothing more: the same end again is a repeat, another end is a new attempt of which only the
 *   end was heard, and an open status begins a retry.
 *
 * @param latest the newest attempt, null when there is none
 */
export function applyReport<A extends AttemptState>(
  latest: A | null,
  report: AttemptReport,
  now: Date,
): ReportOutcome<A> {
  if (!latest) return { kind: 'open', state: advance(FRESH_ATTEMPT, report, now) };
  if (!isEnded(latest.status)) {
    return { kind: 'advance', attempt: latest, state: advance(latest, report, now) };
  }
  if (latest.status === report.status) return { kind: 'repeat', attempt: latest };
  return { kind: 'open', state: advance(FRESH_ATTEMPT, report, now) };
}

function advance(state: AttemptState, report: AttemptReport, now: Date): AttemptState {
  const { status } = report;
  return {
    status: furthest(state.status, status),
    errorMessage: storableMessage(report.errorMessage) ?? state.errorMessage,
    bytesDownloaded: Math.max(state.bytesDownloaded, report.bytesDownloaded ?? 0),
    downloadStartedAt: state.downloadStartedAt ?? (status === 'downloading' ? now : null),
    downloadCompletedAt:
      state.downloadCompletedAt ?? (status === 'installing' || status === 'success' ? now : null),
    installedAt: state.installedAt ?? (status === 'success' ? now : null),
  };
}

/** Reports may overtake each other on the network; an attempt only ever moves forward. */
function furthest(current: AttemptStatus, reported: AttemptStatus): AttemptStatus {
  return ATTEMPT_STATUSES.indexOf(reported) > ATTEMPT_STATUSES.indexOf(current) ? reported : current;
}

/** A device's message as it is kept: cut by code points, which is what PostgreSQL counts. */
export function storableMessage(message: string | undefined): string | undefined {
  return message === undefined ? undefined : firstCodePoints(storableText(message), MAX_ERROR_MESSAGE);
}
