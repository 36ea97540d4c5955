/** What a process that makes load is told. */
export interface LoadOrder {
  readonly url: string;
  readonly kind: LoadKind;
  readonly connections: number;
  /** Connections that are made in a second; undefined: as many as can be. */
  readonly perSecond?: number;
  readonly seconds: number;
  /** For enrolments, of which every other has a wrong one. */
  readonly enrollKey: string;
}

export type LoadKind = 'mixed connections' | 'checks' | 'reports' | 'logins' | 'enrolments' | 'documents';

/** What it says in the end. */
export interface LoadOutcome {
  /** Connections that stood at one time, at most. */
  readonly open: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Devices that load names, so that rows stay bounded. */
export const LOAD_DEVICES = 5_000;

export interface ProbeOrder {
  readonly url: string;
  readonly firmwareId: number;
}

export interface ProbeOutcome {
  /** Milliseconds of each answer 200, on connections that are kept and on fresh ones. */
  readonly times: { readonly kept: number[]; readonly fresh: number[] };
  /** Answers 503 that say that the server is busy, and when to ask again. */
  readonly refused: number;
  /** Any other answer, and none. */
  readonly faults: readonly string[];
}
