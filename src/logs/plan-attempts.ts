import type { Instant } from '../domain/instant.js';
import { offerTo, reportTo, type AttemptRecord, type Step } from '../domain/attempt-history.js';
import type { AttemptReport, AttemptStatus } from '../domain/ota-attempt.js';

/** A device at a firmware. */
export interface AttemptKey {
  readonly deviceId: number;
  readonly firmwareId: number;
}

/** A firmware that a device was offered. */
export interface Offer extends AttemptKey {
  /** When the check arrived. */
  readonly at: Instant;
}

/** What a device says of its attempt at a firmware. */
export interface StatedReport extends AttemptKey, AttemptReport {}

export interface DeviceReport extends StatedReport {
  /** When it arrived. */
  readonly at: Instant;
}

/** A row of device_ota_log. */
export interface Attempt extends AttemptKey {
  /** 0 until it is written. */
  id: number;
  readonly record: AttemptRecord;
}

export interface ReportResult {
  readonly report: DeviceReport;
  readonly attempt: Attempt;
  /** Where the attempt stood after the report. */
  readonly status: AttemptStatus;
}

/** What has to be written for some events, and what becomes of each report. */
export interface AttemptPlan {
  /** New rows, in the order in which their events came. */
  readonly opened: readonly Attempt[];
  /** Rows that there were, each once. */
  readonly changed: readonly Attempt[];
  /** For each report, in order. */
  readonly results: readonly ReportResult[];
}

/**
 * Applies events one after the other, as if each came alone.
 * @param recorded the newest attempts of each (device, firmware), those of one in the order in which they were opened;
 * changed on the way
 */
export function planAttempts(
  offers: readonly Offer[],
  reports: readonly DeviceReport[],
  recorded: readonly Attempt[],
): AttemptPlan {
  return new Planning(recorded).plan(offers, reports);
}

class Planning {
  private readonly histories = new Map<string, AttemptRecord[]>();
  private readonly attempts = new Map<AttemptRecord, Attempt>();
  private readonly opened: Attempt[] = [];
  private readonly changed = new Set<Attempt>();

  constructor(recorded: readonly Attempt[]) {
    for (const attempt of recorded) {
      this.historyOf(attempt).push(attempt.record);
      this.attempts.set(attempt.record, attempt);
    }
  }

  plan(offers: readonly Offer[], reports: readonly DeviceReport[]): AttemptPlan {
    // Reports keep the order in which they were taken; before each go the offers that came before it.
    const waiting = [...offers].sort((a, b) => a.at - b.at);
    const results = reports.map((report) => {
      const earlier = waiting.filter((offer) => isSameKey(offer, report) && offer.at <= report.at);
      for (const offer of earlier) {
        waiting.splice(waiting.indexOf(offer), 1);
        this.offer(offer);
      }
      const attempt = this.note(report, reportTo(this.historyOf(report), report, report.at));
      return { report, attempt, status: attempt.record.state.status };
    });
    for (const offer of waiting) this.offer(offer);
    return { opened: this.opened, changed: [...this.changed], results };
  }

  private offer(offer: Offer): void {
    const step = offerTo(this.historyOf(offer), offer.at);
    if (step) this.note(offer, step);
  }

  private note({ deviceId, firmwareId }: AttemptKey, { attempt: record, isOpened, changed }: Step): Attempt {
    const attempt = this.attempts.get(record) ?? { id: 0, deviceId, firmwareId, record };
    this.attempts.set(record, attempt);
    if (isOpened) this.opened.push(attempt);
    const present = changed && this.attempts.get(changed);
    if (present && present.id !== 0) this.changed.add(present);
    return attempt;
  }

  private historyOf({ deviceId, firmwareId }: AttemptKey): AttemptRecord[] {
    const key = `${deviceId}:${firmwareId}`;
    const known = this.histories.get(key);
    if (known) return known;
    const history: AttemptRecord[] = [];
    this.histories.set(key, history);
    return history;
  }
}

const isSameKey = (a: AttemptKey, b: AttemptKey): boolean =>
  a.deviceId === b.deviceId && a.firmwareId === b.firmwareId;
