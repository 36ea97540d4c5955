import { createHash } from 'node:crypto';
import { Agent, request } from 'undici';
import { describeConnectionError } from '../api/api-client.js';
import { CommandFailure } from '../api/failure.js';
import { parseProblem } from '../api/problem.js';
import { AlarmClock } from './alarm-clock.js';
import {
  WorldEnded,
  type CheckAnswer,
  type Download,
  type Offer,
  type Report,
  type SimulatedDevice,
  type World,
} from './device.js';
import { toOffer, type CheckBody } from './check-body.js';
import { Gate } from './gate.js';
import { Identities } from './identities.js';
import { Ledger } from './ledger.js';
import { Tally, type RequestKind } from './tally.js';

/** Download rate of a device far from its access point, in bytes per second. */
const SLOW_RATE = 32 * 1024;
/** Slow devices have their own connections, so that the others do not wait for them. */
const SLOW_CONNECTIONS = 256;
/** Longest wait that a server is taken at its word for, in seconds. */
const LONGEST_WAIT = 86_400;
/** Pauses between the retries of a report, in ms. */
const REPORT_PAUSES = [1_000, 2_000, 4_000, 8_000];

/** The server asks to send the request again later. */
class TooEarly extends Error {
  constructor(readonly waitMs: number) {
    super();
  }
}

/** An invalid or unexpected response. */
class WrongAnswer extends Error {}

export interface WorldOptions {
  readonly server: string;
  readonly deviceType: string;
  /** Maximum number of open connections. */
  readonly connections: number;
  /** undefined: the devices have no identity. */
  readonly enrollKey?: string | undefined;
  readonly changed?: (device: SimulatedDevice) => void;
}

/** A world with a real server, over keep-alive connections, and real time. */
export class HttpWorld implements World {
  readonly tally = new Tally();
  readonly ledger = new Ledger();
  private readonly clock = new AlarmClock();
  private readonly begin = performance.now();
  private installs = 0;
  private readonly quick: Lane;
  private readonly slow: Lane;
  private readonly deviceType: string;
  /** Why no device can go on: the server does not accept what they have to prove who they are. */
  refusal: CommandFailure | null = null;

  readonly changed: (device: SimulatedDevice) => void;
  private readonly server: string;
  private readonly identities: Identities | null;

  constructor({ server, deviceType, connections, enrollKey, changed = () => undefined }: WorldOptions) {
    this.server = server;
    this.deviceType = deviceType;
    this.changed = changed;
    this.identities = enrollKey === undefined ? null : new Identities(enrollKey);
    this.quick = openLane(connections);
    this.slow = openLane(SLOW_CONNECTIONS);
  }

  async check(device: SimulatedDevice): Promise<CheckAnswer> {
    const waits = await this.enrollIfNeeded(device);
    if (waits) return waits;
    const question = {
      device_id: device.id,
      device_type: this.deviceType,
      current_version: device.version,
      current_build: device.build,
      boot_id: device.bootId,
      check_interval: Math.max(1, Math.round(device.timing.intervalMs / 1_000)),
      ...(device.fates.acceptsDowngrade && { accepts_downgrade: true }),
      ...(device.fates.attributes.length > 0 && { attributes: device.traits.attributes }),
    };
    const body = await this.post<CheckBody>('check', '/api/ota/check', question, device);
    if (!body) return { kind: 'lost' };
    if (!body.update_available) {
      const reason = body.reason ?? 'no reason given';
      this.tally.countReason(reason);
      return { kind: 'none', reason };
    }
    const offer = toOffer(body);
    if (!offer) {
      this.tally.countError('check', 'the offer is incomplete');
      return { kind: 'lost' };
    }
    this.ledger.offered(device.id, offer.firmwareId);
    return { kind: 'offer', offer };
  }

  async report(device: SimulatedDevice, report: Report): Promise<void> {
    const body = {
      device_id: device.id,
      firmware_id: report.firmwareId,
      status: report.status,
      bytes_downloaded: report.bytesDownloaded,
      error_message: report.errorMessage,
    };
    for (const pause of [...REPORT_PAUSES, null]) {
      if (await this.post('report', '/api/ota/status', body, device)) {
        this.ledger.acknowledged(device.id, report);
        return;
      }
      this.ledger.lost(device.id, report);
      if (pause !== null) await this.clock.sleep(pause);
    }
  }

  async download(device: SimulatedDevice, offer: Offer, stopAfter: number | null): Promise<Download> {
    const { isSlow } = device.traits;
    const { gate, agent } = isSlow ? this.slow : this.quick;
    let bytes = 0;
    const attempt = async (): Promise<string | null> => {
      this.clock.check();
      const begin = performance.now();
      const response = await request(this.server + offer.downloadUrl, {
        dispatcher: agent,
        headers: this.identities?.headersOf(device.id) ?? {},
      });
      if (response.statusCode !== 200)
        throw new WrongAnswer(describeRefusal(response.statusCode, await response.body.text()));
      const hash = createHash('sha256');
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        const end = stopAfter === null ? chunk.length : Math.min(chunk.length, stopAfter - bytes);
        bytes += end;
        this.tally.bytesDownloaded += end;
        hash.update(chunk.subarray(0, end));
        // Leaving the loop closes the connection.
        if (bytes === stopAfter) return null;
        if (isSlow)
          await this.clock.sleep(Math.max(0, (bytes / SLOW_RATE) * 1000 - (performance.now() - begin)));
        else this.clock.check();
      }
      if (bytes !== offer.fileSize) throw new WrongAnswer(`${bytes} bytes instead of ${offer.fileSize}`);
      if (hash.digest('hex') !== offer.fileHash)
        throw new WrongAnswer('the hash of the bytes differs from the offer');
      this.tally.answered('download', performance.now() - begin);
      return null;
    };
    const error = await gate.run(attempt).catch((error: unknown) => this.explain('download', error));
    return { bytes, error };
  }

  /** @returns what a check of a device comes to that has no identity yet; null if it has one, or needs none */
  private async enrollIfNeeded(device: SimulatedDevice): Promise<CheckAnswer | null> {
    const { identities } = this;
    if (!identities || identities.has(device.id)) return null;
    const question = { device_id: device.id, device_type: this.deviceType };
    const answer = await this.post<EnrollBody>('enroll', '/api/ota/devices/enroll', question, device);
    if (!answer) return { kind: 'lost' };
    if (answer.device_token === undefined) {
      this.tally.countReason('device_pending');
      return { kind: 'none', reason: 'device_pending' };
    }
    identities.keep(device.id, answer.device_token);
    return null;
  }

  countInstall(): number {
    return this.installs++;
  }

  elapsedMs(): number {
    return performance.now() - this.begin;
  }

  sleep(milliseconds: number): Promise<void> {
    return this.clock.sleep(milliseconds);
  }

  /** Requests in progress finish, except downloads; every later call throws WorldEnded. */
  end(): void {
    this.clock.end();
  }

  async close(): Promise<void> {
    await Promise.all([this.quick.agent.destroy(), this.slow.agent.destroy()]);
  }

  /**
   * Sends again what a rate limit refuses, when the server says, as a device does.
   * @returns null if the response was not valid, which is counted as an error
   */
  private async post<T>(
    kind: RequestKind,
    path: string,
    question: object,
    device: SimulatedDevice,
  ): Promise<T | null> {
    for (;;) {
      const answer = await this.postOnce<T>(kind, path, question, device);
      if (!(answer instanceof TooEarly)) return answer;
      this.tally.countRateLimited(kind);
      await this.clock.sleep(answer.waitMs);
    }
  }

  private async postOnce<T>(
    kind: RequestKind,
    path: string,
    question: object,
    { id }: SimulatedDevice,
  ): Promise<T | TooEarly | null> {
    const { gate, agent } = this.quick;
    try {
      return await gate.run(async () => {
        this.clock.check();
        const begin = performance.now();
        const { statusCode, headers, body } = await request(this.server + path, {
          method: 'POST',
          dispatcher: agent,
          headers: { 'Content-Type': 'application/json', ...this.identities?.headersOf(id) },
          body: JSON.stringify(question),
        });
        const text = await body.text();
        const waitMs = statusCode === 429 ? retryAfterMs(headers['retry-after']) : null;
        if (waitMs !== null) return new TooEarly(waitMs);
        if (statusCode === 401) this.loseIdentity(id, kind, text);
        if (statusCode !== 200 && !(kind === 'enroll' && statusCode === 202))
          throw new WrongAnswer(describeRefusal(statusCode, text));
        const answer = JSON.parse(text) as T;
        this.tally.answered(kind, performance.now() - begin);
        return answer;
      });
    } catch (error) {
      this.explain(kind, error);
      return null;
    }
  }

  /**
   * A device whose token was revoked enrols again. Without a key that the server takes, it would be refused for ever.
   * @throws WorldEnded
   */
  private loseIdentity(deviceId: number, kind: RequestKind, text: string): void {
    if (this.identities && kind !== 'enroll') {
      this.identities.forget(deviceId);
      return;
    }
    const { detail, code } = parseProblem(text) ?? { detail: 'It answered with 401.', code: '401' };
    this.refusal ??= new CommandFailure(`The server refuses the devices: ${detail} (${code})`, [
      `Make an enrolment key and pass it with --enroll-key: ota enroll-key create --device-type ${this.deviceType}`,
    ]);
    this.end();
    throw new WorldEnded();
  }

  /** Counts an error. @returns its description. @throws WorldEnded if it only signals the end */
  private explain(kind: RequestKind, error: unknown): string {
    if (error instanceof WorldEnded) throw error;
    const what = error instanceof SyntaxError ? 'the response is not JSON' : describeConnectionError(error);
    this.tally.countError(kind, what);
    return what;
  }
}

interface EnrollBody {
  /** undefined: the device waits to be accepted. */
  readonly device_token?: string;
}

interface Lane {
  readonly gate: Gate;
  readonly agent: Agent;
}

/** The gate admits one request per connection, so that latencies exclude the wait for a connection. */
const openLane = (connections: number): Lane => ({
  gate: new Gate(connections),
  agent: new Agent({ connections, pipelining: 1 }),
});

/** @returns null for what is no number of seconds */
function retryAfterMs(value: string | string[] | undefined): number | null {
  if (typeof value !== 'string' || !/^\d{1,9}$/.test(value)) return null;
  return Math.min(LONGEST_WAIT, Math.max(1, Number(value))) * 1_000;
}

function describeRefusal(status: number, text: string): string {
  const code = parseProblem(text)?.code;
  return code === undefined ? `answered with ${status}` : `answered with ${status} ${code}`;
}
