import { setTimeout as sleep } from 'node:timers/promises';
import { send, type Answer, type Client } from './http-client.js';

const STATUSES = ['downloading', 'installing', 'success'];
const RETRY_MS = 20;
const PAGE = 1_000;

interface Acknowledged {
  readonly logId: number;
  readonly status: string;
}

export interface FleetOptions {
  /** Where the server is now. */
  readonly url: () => string;
  readonly firmwareId: number;
  readonly atOnce: number;
  /** Between two requests of one device; 0 unless given. */
  readonly pauseMs?: number;
  /** The id of the first device; 1 unless given. */
  readonly first?: number;
}

/**
 * Devices that go through whole updates, one after the other and so many at once. They keep what they were answered, and
 * send again what was refused or broken off, so that in the end every answer must be on record and no attempt twice.
 */
export class Fleet {
  /** Answered 200. */
  reports = 0;
  checks = 0;
  /** Answered 503 with Retry-After. */
  readonly refused = { checks: 0, reports: 0 };
  /** How often each code came with a 503, and what was said then. */
  readonly codes = new Map<string, number>();
  readonly details = new Set<string>();
  /** Connections that broke before the answer. */
  brokenOff = 0;
  /** Other answers. */
  readonly violations: string[] = [];
  private readonly acknowledged = new Map<number, Acknowledged>();
  private readonly until = new AbortController();
  private readonly running: Promise<void>[];

  constructor(private readonly options: FleetOptions) {
    this.running = Array.from({ length: options.atOnce }, (_, n) =>
      this.runDevices((options.first ?? 1) + n),
    );
  }

  /** Devices that have an acknowledged report. */
  get devices(): number {
    return this.acknowledged.size;
  }

  /** All requests that were answered. */
  get answered(): number {
    return this.reports + this.checks + this.refused.checks + this.refused.reports + this.violations.length;
  }

  /** Resolves after so many more acknowledged reports. */
  async reported(more: number): Promise<void> {
    const goal = this.reports + more;
    while (this.reports < goal && !this.until.signal.aborted) await sleep(RETRY_MS);
  }

  /** Resolves when no request is under way any more. */
  async stop(): Promise<void> {
    this.until.abort();
    await Promise.all(this.running);
  }

  /** @returns what was acknowledged and is not on record, and attempts that are there twice */
  async lost(client: Client): Promise<string[]> {
    const attempts = await this.readAttempts(client);
    const lost: string[] = [];
    const attemptOf = new Map<number, number>();
    for (const [id, { device_id }] of attempts) {
      const other = attemptOf.get(device_id);
      if (other !== undefined)
        lost.push(`device ${device_id} has the attempts ${other} and ${id} instead of one`);
      attemptOf.set(device_id, id);
    }
    for (const [device, { logId, status }] of this.acknowledged) {
      const row = attempts.get(logId);
      if (row?.device_id !== device) lost.push(`device ${device}: the attempt ${logId} is missing`);
      else if (STATUSES.indexOf(row.status) < STATUSES.indexOf(status)) {
        lost.push(`device ${device}: ${status} was acknowledged, but ${row.status} is on record`);
      }
    }
    return lost;
  }

  private async readAttempts(client: Client): Promise<Map<number, { device_id: number; status: string }>> {
    const attempts = new Map<number, { device_id: number; status: string }>();
    for (let skip = 0; ; skip += PAGE) {
      const query = `firmware_id=${this.options.firmwareId}&limit=${PAGE}&skip=${skip}`;
      const { status, body } = await client.admin('GET', `/logs?${query}`);
      if (status !== 200) throw new Error(`The logs cannot be read: ${JSON.stringify(body)}`);
      // By id, because a page may repeat the end of the one before it: offers still being written push the list down.
      for (const attempt of body) attempts.set(attempt.id, attempt);
      if (body.length < PAGE) return attempts;
    }
  }

  /** One device after the other goes through a whole update. */
  private async runDevices(first: number): Promise<void> {
    const { atOnce, firmwareId: firmware_id } = this.options;
    for (let device_id = first; !this.until.signal.aborted; device_id += atOnce) {
      const question = { device_id, device_type: 'sensor', current_version: '1.0.0', current_build: 1 };
      if (await this.insist('check', question)) this.checks += 1;
      for (const status of STATUSES) {
        const answer = await this.insist('status', { device_id, firmware_id, status });
        if (!answer) break;
        this.reports += 1;
        this.note(device_id, { logId: answer.body.log_id, status });
      }
    }
  }

  private note(device: number, { logId, status }: Acknowledged): void {
    const known = this.acknowledged.get(device);
    if (known && known.logId !== logId)
      this.violations.push(`device ${device}: its attempt was ${known.logId}, then ${logId}`);
    this.acknowledged.set(device, { logId, status });
  }

  /** Sends until the answer is 200. @returns null when that is not to be waited for any more */
  private async insist(endpoint: 'check' | 'status', body: object): Promise<Answer | null> {
    while (!this.until.signal.aborted) {
      if (this.options.pauseMs) await sleep(this.options.pauseMs);
      const answer = await send(`${this.options.url()}/api/ota/${endpoint}`, 'POST', { body }).catch(
        () => null,
      );
      if (answer?.status === 200) return answer;
      if (!answer) this.brokenOff += 1;
      else if (answer.status === 503 && Number(answer.headers['retry-after']) > 0) {
        this.refused[endpoint === 'check' ? 'checks' : 'reports'] += 1;
        const { code = 'no code', detail = '' } = (answer.body ?? {}) as { code?: string; detail?: string };
        this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
        if (code !== 'OVERLOADED') this.details.add(detail);
      } else {
        this.violations.push(`${endpoint} was answered ${answer.status}: ${answer.bytes.toString()}`);
        return null;
      }
      await sleep(RETRY_MS);
    }
    return null;
  }
}
