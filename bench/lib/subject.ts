/** A server that is measured: ours or one to compare it with. It runs in a process of its own. */
export interface Subject {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}
