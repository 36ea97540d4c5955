import cluster, { type Worker } from 'node:cluster';
import type { DrainPatience } from '../drain.js';
import type { ProcessSnapshot } from '../../metrics/metrics-collector.js';
import type { ToPrimary, ToWorker, WorkerFailure, WorkerOrder, WorkerReady } from './messages.js';

/** How a worker ended. */
export interface WorkerEnd {
  /** Milliseconds since it began to listen; 0 when it never did. */
  readonly servedMs: number;
  /** As it said itself, or as the system says. */
  readonly failure: WorkerFailure;
}

/** One worker, as the primary sees it. */
export class WorkerProcess {
  /** Null when it ends before. */
  readonly ready: Promise<WorkerReady | null>;
  readonly ended: Promise<WorkerEnd>;
  /** Hears that the worker wants to know what everybody has counted. */
  onCollect: ((id: number) => void) | undefined;
  private onStep: ((step: 'held' | 'closed') => void) | undefined;
  private readonly worker: Worker;
  private readySince: number | undefined;
  private failure: WorkerFailure | undefined;
  private readonly counts = new Map<number, (snapshot: ProcessSnapshot) => void>();
  private lastCount = 0;

  constructor(order: WorkerOrder) {
    this.worker = cluster.fork();
    // A message to a worker that has just ended; its end says it all.
    this.worker.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.worker.once('exit', (code: number | null, signal: string | null) => {
        const servedMs = this.readySince === undefined ? 0 : performance.now() - this.readySince;
        const how = signal === null ? `with the exit code ${code ?? '?'}` : `by ${signal}`;
        resolve({
          servedMs,
          failure: this.failure ?? { reason: `A worker ended ${how}.`, isPassing: false },
        });
      });
    });
    this.ready = new Promise((resolve) => {
      void this.ended.then(() => resolve(null));
      this.worker.on('message', (message: ToPrimary) => {
        if (message.kind === 'waiting') this.tell({ kind: 'start', ...order });
        if (message.kind === 'failed') this.failure = message;
        if (message.kind === 'count') this.counts.get(message.id)?.(message.snapshot);
        if (message.kind === 'collect') this.onCollect?.(message.id);
        if (message.kind === 'held' || message.kind === 'closed') this.onStep?.(message.kind);
        if (message.kind !== 'ready') return;
        this.readySince = performance.now();
        resolve(message);
      });
    });
  }

  get pid(): number {
    return this.worker.process.pid ?? 0;
  }

  /** @returns null when it does not say in time what it has counted */
  async count(patienceMs: number): Promise<ProcessSnapshot | null> {
    if (this.readySince === undefined) return null;
    const id = ++this.lastCount;
    const snapshot = await new Promise<ProcessSnapshot | null>((resolve) => {
      this.counts.set(id, resolve);
      setTimeout(() => resolve(null), patienceMs);
      this.tell({ kind: 'count', id });
    });
    this.counts.delete(id);
    return snapshot;
  }

  counted(id: number, all: readonly ProcessSnapshot[]): void {
    this.tell({ kind: 'counted', id, all });
  }

  /** Lets it say that it is not ready; it serves on. */
  announceStop(): void {
    this.tell({ kind: 'announce' });
  }

  /** Lets it take one step of a stop. Resolves when it has, has ended, or does not say so in time. */
  async take(step: 'hold' | 'close', patienceMs: number): Promise<void> {
    if (this.readySince === undefined) return;
    const taken = new Promise<void>((resolve) => {
      this.onStep = (done) => {
        if (done === (step === 'hold' ? 'held' : 'closed')) resolve();
      };
    });
    this.tell({ kind: step });
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    await Promise.race([taken, this.ended, tooLate]);
    clearTimeout(timer);
  }

  /** Lets it finish what is under way, if it has begun to serve; kills it when it does not end in time. */
  async stop(patience: DrainPatience, killAfterMs: number): Promise<void> {
    if (this.readySince === undefined) this.kill();
    this.tell({ kind: 'stop', patience });
    const kill = setTimeout(() => this.kill(), killAfterMs);
    await this.ended;
    clearTimeout(kill);
  }

  kill(): void {
    this.worker.process.kill('SIGKILL');
  }

  private tell(message: ToWorker): void {
    if (this.worker.isConnected()) this.worker.send(message);
  }
}
