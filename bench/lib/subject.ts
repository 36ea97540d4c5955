/** A server that is measured: ours or one to compare it with. It runs in processes of its own. */
export interface Subject {
  readonly name: string;
  readonly url: string;
  /** Of the other servers that are measured together with this one. */
  readonly otherUrls?: readonly string[];
  /** Whose CPU time and memory count. */
  readonly pids: readonly number[];
  /** Of its own PostgreSQL, or of each node of one, whose CPU time is told apart. */
  readonly postmasterPids?: readonly number[];
  stop(): Promise<void>;
}
