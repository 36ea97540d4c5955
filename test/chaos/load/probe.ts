import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../../support/http-client.js';

const EVERY_MS = 50;
const DEVICES = 200;
const FIRST_DEVICE = 500_000;

/** A healthy device: a check and a report every 50 ms, on kept connections and on fresh ones in turn. */
export class Probe {
  /** Milliseconds of each answer 200. */
  readonly times: number[] = [];
  /** Answers 503 that say that the server is busy, and when to ask again. */
  refused = 0;
  /** Any other answer, and none. */
  readonly faults: string[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly under = new Set<Promise<void>>();
  private isOver = false;
  private readonly running: Promise<void>;

  constructor(
    private readonly url: string,
    private readonly firmwareId: number,
  ) {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.running;
    await Promise.all(this.under);
    this.agent.destroy();
  }

  /** @param share of the answers that were faster, 0..1 */
  quantile(share: number): number {
    const sorted = this.times.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  }

  private async run(): Promise<void> {
    for (let n = 0; !this.isOver; n++) {
      const device_id = FIRST_DEVICE + (n % DEVICES);
      const check = { device_id, device_type: 'sensor', current_version: '1.0.0', current_build: 1 };
      const report = { device_id, firmware_id: this.firmwareId, status: 'downloading' };
      const agent = n % 2 === 0 ? this.agent : false;
      for (const [endpoint, body] of [
        ['check', check],
        ['status', report],
      ] as const) {
        const one = this.ask(endpoint, body, agent);
        this.under.add(one);
        void one.finally(() => this.under.delete(one));
      }
      await sleep(EVERY_MS);
    }
  }

  private async ask(endpoint: string, body: object, agent: Agent | false): Promise<void> {
    const begun = performance.now();
    try {
      const { status, bytes, headers } = await send(`${this.url}/api/ota/${endpoint}`, 'POST', {
        body,
        agent,
      });
      if (status === 200) this.times.push(performance.now() - begun);
      else if (status === 503 && Number(headers['retry-after']) > 0) this.refused += 1;
      else this.faults.push(`${endpoint} was answered ${status} ${bytes.toString()}`);
    } catch (error) {
      this.faults.push(`${endpoint} was not answered: ${String(error)}`);
    }
  }
}
