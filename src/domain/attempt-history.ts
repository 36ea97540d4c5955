import type { Instant } from './instant.js';
import {
  applyReport,
  FRESH_ATTEMPT,
  isEnded,
  storableMessage,
  type AttemptReport,
  type AttemptState,
  type AttemptStatus,
} from './ota-attempt.js';

/** An end that was reported again after the attempt had ended: a repetition, or the end of a try whose offer is late. */
export interface RepeatedEnd {
  readonly at: Instant;
  readonly errorMessage: string | null;
  readonly bytesDownloaded: number;
}

/** One row of device_ota_log. */
export interface AttemptRecord {
  state: AttemptState;
  readonly openedAt: Instant;
  /** Of an attempt that has ended: its end. */
  changedAt: Instant;
  /** In their order; the newest few. */
  repeatedEnds: readonly RepeatedEnd[];
}

/** Ends that are remembered with an attempt. */
const MAX_REPEATED_ENDS = 64;

/** What an event does to the history. */
export interface Step {
  /** The attempt that the event belongs to. */
  readonly attempt: AttemptRecord;
  /** Whether that is a new one. */
  readonly isOpened: boolean;
  /** The attempt of before whose record changes; null: none. */
  readonly changed: AttemptRecord | null;
}

/**
 * A device's report arrives.
 * @param history of the device at the firmware, in the order in which the attempts were opened; kept up to date
 */
export function reportTo(history: AttemptRecord[], report: AttemptReport, at: Instant): Step {
  const latest = history.at(-1);
  const outcome = applyReport(latest?.state ?? null, report, new Date(at / 1000));
  if (!latest || outcome.kind === 'open') {
    const state = outcome.kind === 'open' ? outcome.state : outcome.attempt;
    return opening(open(history, state, at));
  }
  if (outcome.kind === 'advance') {
    latest.state = outcome.state;
    latest.changedAt = Math.max(latest.changedAt, at);
    return { attempt: latest, isOpened: false, changed: latest };
  }
  const end = {
    at,
    errorMessage: storableMessage(report.errorMessage) ?? null,
    bytesDownloaded: report.bytesDownloaded ?? 0,
  };
  latest.repeatedEnds = [...latest.repeatedEnds, end].slice(-MAX_REPEATED_ENDS);
  return { attempt: latest, isOpened: false, changed: latest };
}

/**
 * An offer that a check made becomes known, perhaps long after the reports that followed it. It opens a pending attempt
 * unless one was open then. When the end of its try was taken for a repetition of the end before, it is given its own
 * attempt.
 * @param at when the check arrived
 * @param history as above; long enough to reach back to the attempt before the offer
 */
export function offerTo(history: AttemptRecord[], at: Instant): Step | null {
  const place = history.findLastIndex(({ openedAt }) => openedAt <= at);
  const before = history[place];
  // Opened by a report, or by a later offer, that belongs to the same try.
  if (!before) return history.length > 0 ? null : opening(open(history, FRESH_ATTEMPT, at));
  if (!isEnded(before.state.status) || before.changedAt >= at) return null;

  const [end, ...later] = before.repeatedEnds.filter((repeated) => repeated.at >= at);
  if (!end) {
    return place < history.length - 1 ? null : opening(open(history, FRESH_ATTEMPT, at));
  }
  before.repeatedEnds = before.repeatedEnds.filter((repeated) => repeated.at < at);
  const own: AttemptRecord = {
    state: endedState(before.state.status, end),
    openedAt: at,
    changedAt: end.at,
    repeatedEnds: later,
  };
  history.splice(place + 1, 0, own);
  return { attempt: own, isOpened: true, changed: before };
}

const opening = (attempt: AttemptRecord): Step => ({ attempt, isOpened: true, changed: null });

function open(history: AttemptRecord[], state: AttemptState, at: Instant): AttemptRecord {
  const attempt: AttemptRecord = { state, openedAt: at, changedAt: at, repeatedEnds: [] };
  history.push(attempt);
  return attempt;
}

/** What an attempt comes to of which only the end was heard. */
function endedState(status: AttemptStatus, { at, errorMessage, bytesDownloaded }: RepeatedEnd): AttemptState {
  const report = { status, bytesDownloaded, ...(errorMessage !== null && { errorMessage }) };
  const outcome = applyReport<AttemptState>(null, report, new Date(at / 1000));
  return outcome.kind === 'repeat' ? outcome.attempt : outcome.state;
}
