import type { ReportedFacts } from '../domain/device-facts.js';

/** What a device asks: who it is and what it runs. */
export interface CheckQuestion {
  readonly deviceId: number;
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
  /** What it says beside; null: nothing. */
  readonly facts: ReportedFacts | null;
  /** From which it asks; null: not known. Asked for only when it matters. */
  readonly address: () => string | null;
}
