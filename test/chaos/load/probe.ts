import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProbeOrder, ProbeOutcome } from './orders.js';

/** A healthy device in a process of its own, that goes on until it is stopped. */
export class Probe {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves once the connections stand that it keeps. */
  static async start(order: ProbeOrder): Promise<Probe> {
    const child = fork(fileURLToPath(new URL('probe-process.js', import.meta.url)));
    child.send(order);
    await once(child, 'message');
    return new Probe(child);
  }

  async stop(): Promise<ProbeOutcome> {
    this.child.send('stop');
    const [outcome] = (await once(this.child, 'message')) as [ProbeOutcome];
    return outcome;
  }
}
