/** A server that is measured: ours or one to compare it with. It runs in processes of its own. */
export interface Subject {
  readonly name: string;
  readonly url: string;
  /** Whose CPU time and memory count. */
  readonly pids: readonly number[];
  /** Of its own PostgreSQL, whose CPU time is told apart. */
  readonly postmasterPid?: number | undefined;
  stop(): Promise<void>;
}
