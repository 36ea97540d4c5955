/** What a process that makes load is told. */
export interface LoadOrder {
  readonly url: string;
  readonly kind: LoadKind;
  readonly connections: number;
  readonly seconds: number;
}

export type LoadKind = 'mixed connections' | 'checks' | 'reports' | 'logins' | 'documents';

/** What it says in the end. */
export interface LoadOutcome {
  /** Connections that stood at one time, at most. */
  readonly open: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Devices that load names, so that rows stay bounded. */
export const LOAD_DEVICES = 5_000;
