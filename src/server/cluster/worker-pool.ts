import cluster from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import { patienceAtEnd, patienceInRoll } from '../stop-app.js';
import type { WorkerOrder, WorkerReady } from './messages.js';
import { respawnAfter, type Death } from './respawn-policy.js';
import { WorkersFailed } from './workers-failed.js';
import { WorkerProcess, type WorkerEnd } from './worker-process.js';

const WORKER_FILE = fileURLToPath(new URL('worker.js', import.meta.url));
/** Beyond the time that it has to cut its connections, for what waits to be written. */
const WRITE_MS = 5_000;
/** For a worker to say what it has counted. */
const COUNT_PATIENCE_MS = 2_000;
/** For a worker to take one step of a stop; a worker that is busier than that is not waited for. */
const STEP_MS = 5_000;
/** Deaths that are remembered; more than the policy looks at. */
const MEMORY = 100;

/** Keeps a number of workers running, and replaces them one by one on demand. */
export class WorkerPool {
  private readonly logger = new Logger('Workers');
  private readonly workers = new Set<WorkerProcess>();
  private readonly deaths: Death[] = [];
  private isStopping = false;
  private rolling: Promise<void> = Promise.resolve();

  /** @param onGiveUp hears of it, once, when workers end as soon as they start */
  constructor(
    private order: WorkerOrder,
    private readonly onGiveUp: (error: WorkersFailed) => void,
  ) {
    cluster.schedulingPolicy = cluster.SCHED_RR;
    const execArgv = [...process.execArgv, '--enable-source-maps'];
    cluster.setupPrimary({ exec: WORKER_FILE, execArgv, serialization: 'advanced' });
  }

  /**
   * @param signal ends the start early
   * @throws WorkersFailed, with none left, when one of them cannot begin to serve; the reason of the signal
   */
  async start(count: number, signal: AbortSignal): Promise<WorkerReady[]> {
    const started = Array.from({ length: count }, () => new WorkerProcess(this.order));
    const killAll = (): void => {
      for (const worker of started) worker.kill();
    };
    signal.addEventListener('abort', killAll);
    const ready = await Promise.all(started.map((worker) => worker.ready));
    signal.removeEventListener('abort', killAll);
    signal.throwIfAborted();
    const failed = started.find((_worker, index) => ready[index] === null);
    if (failed) {
      killAll();
      throw new WorkersFailed((await failed.ended).failure.reason);
    }
    for (const worker of started) this.keep(worker);
    return ready.filter((one) => one !== null);
  }

  /**
   * Puts a new worker in the place of each, one after the other: the new one listens before the old one stops to.
   * Those that come together take turns.
   */
  roll(order: WorkerOrder): Promise<void> {
    this.rolling = this.rolling.then(() => this.rollNow(order));
    return this.rolling;
  }

  /**
   * In steps that all take together: the last worker that closes takes the listening socket with it, and what another still
   * holds must not be answered before, since its client would connect again.
   */
  async stop(): Promise<void> {
    this.isStopping = true;
    const { shutdown } = this.order.config;
    for (const worker of this.workers) worker.announceStop();
    if (this.workers.size > 0) await sleep(shutdown.delaySeconds * 1_000);
    for (const step of ['hold', 'close'] as const)
      await Promise.all(Array.from(this.workers, (worker) => worker.take(step, STEP_MS)));
    const patience = patienceAtEnd(shutdown);
    await Promise.all(Array.from(this.workers, (worker) => worker.stop(patience, patience.cutMs + WRITE_MS)));
  }

  private async rollNow(order: WorkerOrder): Promise<void> {
    this.order = order;
    for (const old of [...this.workers]) {
      if (this.isStopping || !this.workers.has(old)) continue;
      const next = new WorkerProcess(order);
      if ((await next.ready) === null) {
        const end = await next.ended;
        this.logger.error(
          `The rolling restart stops, since a new worker cannot serve. ${end.failure.reason}`,
        );
        return;
      }
      this.keep(next);
      this.workers.delete(old);
      const patience = patienceInRoll(order.config.shutdown);
      await old.stop(patience, patience.cutMs + WRITE_MS);
      this.logger.log(`Worker ${old.pid} has made room for ${next.pid}.`);
    }
  }

  /** From now on one that ends without being asked to is replaced. */
  private keep(worker: WorkerProcess): void {
    this.workers.add(worker);
    worker.onCollect = (id) => void this.collectFor(worker, id);
    void worker.ended.then((end) => {
      if (!this.workers.delete(worker) || this.isStopping) return;
      this.logger.error(`Worker ${worker.pid} is gone. ${end.failure.reason}`);
      void this.replace(end);
    });
  }

  private async collectFor(asker: WorkerProcess, id: number): Promise<void> {
    const counts = await Promise.all(Array.from(this.workers, (worker) => worker.count(COUNT_PATIENCE_MS)));
    asker.counted(
      id,
      counts.filter((count) => count !== null),
    );
  }

  private async replace(end: WorkerEnd): Promise<void> {
    this.deaths.push({ servedMs: end.servedMs, isPassing: end.failure.isPassing });
    if (this.deaths.length > MEMORY) this.deaths.shift();
    const respawn = respawnAfter(this.deaths);
    if (respawn.kind === 'give-up') {
      this.isStopping = true;
      this.onGiveUp(
        new WorkersFailed(
          `The workers end as soon as they start, so the server ends too. ${end.failure.reason}`,
        ),
      );
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, respawn.delayMs));
    if (this.isStopping) return;
    const next = new WorkerProcess(this.order);
    this.keep(next);
    if ((await next.ready) !== null) this.logger.log(`Worker ${next.pid} serves in its place.`);
  }
}
