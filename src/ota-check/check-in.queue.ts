import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { DatabaseClock } from '../database/database-clock.js';
import type { Outcome } from '../database/settle-batch.js';
import { Shards } from '../database/shards.js';
import { WriteBehind } from '../database/write-behind.js';
import { DevicesService, type DeviceState } from '../devices/devices.service.js';
import { factsDigest } from '../domain/facts-digest.js';
import type { RolloutReason } from '../domain/update-decision.js';
import { isSameImage } from '../domain/same-image.js';
import { LogsService, WaitingOffers } from '../logs/logs.exports.js';
import { Metrics } from '../metrics/metrics.js';
import { CheckInRepository, type CheckIn } from './check-in.repository.js';
import type { CheckQuestion } from './check-question.js';
import { SkippedCheckIns } from './skipped-check-ins.js';

/**
 * Check-ins in one transaction. It locks the rows of its devices, and a report of one of them, with those that share its
 * transaction, waits for as long: 2,000 that begin attempts take a quarter of a second or more. Below a few hundred the
 * ways to the database and back take longer than the rows.
 */
const MAX_BATCH = 500;
/** Of those that are only looked at. */
const MAX_COMPARED = 2_000;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What else is to be known of a check. */
export interface CheckInDetails {
  /** Why a rollout brings it no firmware. */
  readonly withheld?: RolloutReason | null;
  /** The rollout that is why. */
  readonly withheldBy?: number | null;
  /** It was not offered what the check called for, so that no attempt at it begins. */
  readonly isLooping?: boolean;
  /** A rollout wants to hear of each check. */
  readonly isWatched?: boolean;
}

/**
 * Check-ins that wait to be written, one for each device. What is on record already is not written again, unless it
 * turns out that another server has written something else. An offer that
 * is made again may wait longer: it only matters when another server has heard of an end meanwhile.
 */
@Injectable()
export class CheckInQueue implements BeforeApplicationShutdown {
  private readonly queue: WriteBehind<number, CheckIn>;
  private readonly skipped: SkippedCheckIns;
  private repeats = new Map<number, CheckIn>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly repository: CheckInRepository,
    private readonly devices: DevicesService,
    private readonly logs: LogsService,
    private readonly offers: WaitingOffers,
    private readonly clock: DatabaseClock,
    private readonly metrics: Metrics,
    private readonly shards: Shards,
  ) {
    const { limits } = config;
    metrics.queueDepth.watch('check_ins', () => this.depth);
    this.queue = new WriteBehind({
      name: 'check-ins',
      capacity: limits.checkInCapacity,
      flushMs: limits.checkInFlushMs,
      maxBatch: MAX_BATCH,
      retryMs: limits.writeRetryMs,
      drainMs: limits.drainMs,
      merge: (one, other) => (one.at > other.at ? merged(other, one) : merged(one, other)),
      write: (batch, isCareful) => this.write(batch, isCareful),
      onDropped: ({ deviceId }) => {
        this.offers.drop(deviceId);
      },
    });
    this.skipped = new SkippedCheckIns({
      capacity: limits.checkInCapacity,
      maxBatch: MAX_COMPARED,
      everyMs: limits.skippedCheckInLookMs,
      drainMs: limits.drainMs / 4,
      compare: (checkIns) => this.compare(checkIns),
    });
  }

  /** Devices whose check-in waits. */
  get depth(): number {
    return this.queue.depth;
  }

  /**
   * @param offeredId the firmware that the check called for, if any
   */
  add(question: CheckQuestion, offeredId: number | null, more: CheckInDetails = {}): void {
    const at = this.clock.now();
    const { deviceId, deviceType, version, build, facts } = question;
    const { withheld = null, withheldBy = null, isLooping = false, isWatched = false } = more;
    const said = facts && factsDigest(facts);
    // Written out and changed, since to spread one object into another costs a check 9 µs (Node 20).
    const address: string | null = null;
    const isNews = true;
    const checkIn: Writable<CheckIn> = {
      deviceId,
      deviceType,
      version,
      build,
      facts,
      said,
      offeredId,
      withheld,
      withheldBy,
      at,
      isNews,
      address,
    };
    // News that wait say something else than what is on record.
    checkIn.isNews =
      isWatched || this.queue.get(deviceId)?.isNews === true || !this.devices.isOnRecord(checkIn, at);
    if (checkIn.isNews) checkIn.address = question.address();
    else this.skip(checkIn);
    if (offeredId !== null && !isLooping) this.offers.add({ deviceId, firmwareId: offeredId, at });
    else if (!checkIn.isNews) return;
    if (checkIn.isNews) this.addNow(checkIn);
    // The facts are on record.
    else this.addRepeat({ ...checkIn, facts: null });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.promoteRepeats();
    await this.skipped.drain();
    await this.queue.drain();
  }

  private skip(checkIn: CheckIn): void {
    const earlier = this.skipped.get(checkIn.deviceId);
    this.skipped.add(earlier?.facts ? merged(earlier, checkIn) : checkIn);
  }

  private async compare(checkIns: readonly CheckIn[]): Promise<void> {
    for (const checkIn of await this.devices.findOverwritten(checkIns)) {
      this.queue.add(checkIn.deviceId, { ...checkIn, isNews: true });
    }
  }

  private addNow(checkIn: CheckIn): void {
    this.skipped.delete(checkIn.deviceId);
    this.repeats.delete(checkIn.deviceId);
    this.queue.add(checkIn.deviceId, checkIn);
  }

  private addRepeat(checkIn: CheckIn): void {
    if (this.repeats.size >= this.config.limits.checkInCapacity) this.promoteRepeats();
    this.repeats.set(checkIn.deviceId, checkIn);
    this.timer ??= setTimeout(() => {
      this.promoteRepeats();
    }, this.config.limits.repeatedOfferFlushMs);
  }

  private promoteRepeats(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const repeats = this.repeats;
    this.repeats = new Map();
    // A report may have taken the offer along meanwhile.
    for (const checkIn of repeats.values()) {
      if (this.offers.has(checkIn.deviceId)) this.queue.add(checkIn.deviceId, checkIn);
    }
  }

  /** The check-ins of each shard in a transaction of their own. */
  private async write(batch: readonly CheckIn[], isCareful: boolean): Promise<Outcome<void>[]> {
    const outcomes = new Map<CheckIn, Outcome<void>>();
    for (const part of this.shards.split(batch, ({ deviceId }) => deviceId)) {
      const settled = await this.writeTogether(part, isCareful);
      part.forEach((checkIn, index) => outcomes.set(checkIn, settled[index] ?? DONE));
    }
    return batch.map((checkIn) => outcomes.get(checkIn) ?? DONE);
  }

  private async writeTogether(batch: readonly CheckIn[], isCareful: boolean): Promise<Outcome<void>[]> {
    const offers = this.logs.offersToWrite(batch.map(({ deviceId }) => deviceId));
    const { locked, written } = await this.repository.write(batch, offers, isCareful);
    this.offers.settle(offers.filter(({ deviceId }) => !locked.has(deviceId)));
    this.metrics.batchSize.observe(batch.length - locked.size, 'check_ins');
    return batch.map((checkIn): Outcome<void> => {
      if (locked.has(checkIn.deviceId)) return LOCKED;
      const { deviceId, isNews, at } = checkIn;
      if (isNews) this.devices.noteCheckIn(stateOf(checkIn), at, written.has(deviceId));
      // One that came with a report on its way waits for it.
      const waits = this.offers.has(deviceId) && !this.repeats.has(deviceId);
      if (waits) this.queue.add(deviceId, { ...checkIn, isNews: false });
      return DONE;
    });
  }
}

const DONE: Outcome<void> = { kind: 'done', result: undefined };
const LOCKED: Outcome<void> = { kind: 'locked', reason: new Error("The device's row is locked.") };

/** What remains of two check-ins of one device: what the later one says, and what it leaves out of the same image. */
function merged(earlier: CheckIn, later: CheckIn): CheckIn {
  const isNews = earlier.isNews || later.isNews;
  if (!earlier.facts || !isSameImage(earlier, later)) return { ...later, isNews };
  const facts = { ...earlier.facts, ...later.facts };
  return { ...later, facts, said: later.said ?? earlier.said, isNews };
}

/** Without the rest, which need not be remembered. */
function stateOf(checkIn: CheckIn): DeviceState {
  const { deviceId, deviceType, version, build, offeredId, withheld, withheldBy, said } = checkIn;
  return { deviceId, deviceType, version, build, offeredId, withheld, withheldBy, said };
}
