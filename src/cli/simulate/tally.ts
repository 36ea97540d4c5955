import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** What every simulation has. */
export const REQUESTS = ['check', 'download', 'report'] as const;
export type RequestKind = (typeof REQUESTS)[number] | 'enroll';

/** Counts what the devices did, and unexpected errors. */
export class Tally {
  /** Latencies of valid responses in microseconds, until the response is complete. */
  readonly times: Readonly<Record<RequestKind, RecordableHistogram>> = {
    enroll: createHistogram(),
    check: createHistogram(),
    download: createHistogram(),
    report: createHistogram(),
  };
  /** Number of checks without an offer, by reason. */
  readonly reasons = new Map<string, number>();
  /** Number of server and network errors, by description. */
  readonly errors = new Map<string, number>();
  /** Number of requests that a rate limit refused and that were sent again. */
  readonly rateLimited = new Map<string, number>();
  bytesDownloaded = 0;

  answered(kind: RequestKind, milliseconds: number): void {
    this.times[kind].record(Math.max(1, Math.round(milliseconds * 1000)));
  }

  countReason(reason: string): void {
    increment(this.reasons, reason);
  }

  countRateLimited(kind: RequestKind): void {
    increment(this.rateLimited, kind);
  }

  countError(kind: RequestKind, what: string): void {
    increment(this.errors, `${kind}: ${what}`);
  }

  get errorCount(): number {
    return [...this.errors.values()].reduce((sum, count) => sum + count, 0);
  }
}

export function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
