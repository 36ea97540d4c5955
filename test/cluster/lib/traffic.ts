import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fleet } from '../../support/fleet.js';
import { eventually, type Answer } from '../../support/http-client.js';
import { rowOf, type Row } from '../../chaos/lib/report.js';
import type { Cluster } from './cluster.js';

const AT_ONCE = 6;
const PAUSE_MS = 25;
const WATCH_EVERY_MS = 100;
/** Of the devices that only check and download; those that report begin at 1. */
const FIRST_WATCHER = 7_000_000;
const SHED = 'OVERLOADED';

export interface Tolerance {
  /** Reports may be refused with 503 and Retry-After, since nothing can be committed. */
  readonly reportsRefused?: boolean;
  /** Connections may break, since a process is killed. */
  readonly connectionsBreak?: boolean;
}

/** What devices do all the time: whole updates with reports, checks, and downloads whose bytes are compared. */
export class Traffic {
  private readonly fleet: Fleet;
  private readonly faults: string[] = [];
  private checks = 0;
  private downloads = 0;
  private shed = 0;
  private broken = 0;
  private isOver = false;
  private hash = '';
  private readonly watching: Promise<void>[];

  private constructor(
    private readonly cluster: Cluster,
    private readonly firmwareId: number,
  ) {
    this.fleet = new Fleet({ url: () => cluster.url, firmwareId, atOnce: AT_ONCE, pauseMs: PAUSE_MS });
    this.watching = [this.watchChecks(), this.watchDownloads()];
  }

  /** Publishes a release, and lets devices ask for it until the first reports were acknowledged. */
  static async start(cluster: Cluster): Promise<Traffic> {
    const firmwareId = await cluster.publish(0, { version: cluster.nextVersion() });
    // The others hear of it within a second; a download before that would find nothing.
    for (const [index] of cluster.members.entries()) {
      await eventually(async () => {
        const { body } = await cluster.client(index).check({ device_id: FIRST_WATCHER });
        if (body.firmware_id !== firmwareId) throw new Error(`server ${index} does not offer it`);
      }, 30_000);
    }
    const traffic = new Traffic(cluster, firmwareId);
    await traffic.fleet.reported(30);
    return traffic;
  }

  get reports(): number {
    return this.fleet.reports;
  }

  /** Resolves after so many more acknowledged reports. */
  reported(more: number): Promise<void> {
    return this.fleet.reported(more);
  }

  /** Ends it, and compares what was acknowledged with what is on record. */
  async end(what: string, note: string, may: Tolerance = {}, found: readonly string[] = []): Promise<Row> {
    await this.fleet.stop();
    this.isOver = true;
    await Promise.all(this.watching);
    const lost = await this.fleet.lost(this.cluster.client());
    const { codes, details, violations, checks, reports } = this.fleet;
    const faults = [...found, ...this.faults, ...violations, ...lost];
    const shed = this.shed + (codes.get(SHED) ?? 0);
    const refused = [...codes].filter(([code]) => code !== SHED);
    const refusals = refused.reduce((sum, [, count]) => sum + count, 0);
    if (refusals > 0 && may.reportsRefused !== true)
      faults.push(
        `refused: ${refused.map(([code, count]) => `${count} with ${code}`).join(', ')} (${[...details].join(' ')})`,
      );
    if (this.fleet.refused.checks > 0 && shed === 0) faults.push('checks were refused');
    const broken = this.broken + this.fleet.brokenOff;
    if (broken > 0 && may.connectionsBreak !== true) faults.push(`${broken} connections broke`);
    const tried =
      this.fleet.answered + this.fleet.brokenOff + this.checks + this.downloads + this.shed + this.broken;
    const counts = [
      `${checks + this.checks} checks, ${this.downloads} downloads, ${reports} reports acknowledged, lost ${lost.length}`,
      ...(refusals > 0 ? [`${refusals} reports refused with 503`] : []),
      ...(broken > 0 ? [`${broken} connections broke`] : []),
      ...(shed > 0 ? [`${shed} shed, since the machine was busy`] : []),
      ...(note === '' ? [] : [note]),
    ];
    return rowOf(what, tried, faults, counts.join('; '));
  }

  /** Checks never wait for the database, and are always answered with the release. */
  private async watchChecks(): Promise<void> {
    for (let device_id = FIRST_WATCHER; !this.isOver; device_id++) {
      const answer = await this.cluster
        .client()
        .check({ device_id })
        .catch(() => null);
      if (this.note('a check', answer) && answer?.body.firmware_id !== this.firmwareId)
        this.faults.push(`a check was answered ${answer?.bytes.toString() ?? ''}`);
      else if (answer?.status === 200) this.checks += 1;
      await sleep(WATCH_EVERY_MS);
    }
  }

  private async watchDownloads(): Promise<void> {
    while (!this.isOver) {
      const answer = await this.cluster
        .client()
        .download(this.firmwareId)
        .catch(() => null);
      if (this.note('a download', answer) && answer) {
        const hash = createHash('sha256').update(answer.bytes).digest('hex');
        this.hash ||= hash;
        if (answer.headers.etag === `"${hash}"` && hash === this.hash) this.downloads += 1;
        else this.faults.push(`a download had the hash ${hash}`);
      }
      await sleep(WATCH_EVERY_MS);
    }
  }

  /** @returns whether it was answered with 200 */
  private note(what: string, answer: Answer | null): boolean {
    if (answer === null) this.broken += 1;
    else if (answer.status === 503 && (answer.body as { code?: string } | undefined)?.code === SHED)
      this.shed += 1;
    else if (answer.status !== 200)
      this.faults.push(`${what} was answered ${answer.status} ${answer.bytes.toString()}`);
    return answer?.status === 200;
  }
}
