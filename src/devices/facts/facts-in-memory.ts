import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { ChangeFeed } from '../../database/change-feed.js';
import {
  askedFacts,
  asksNothing,
  covers,
  NOTHING_SAID,
  type AskedFacts,
  type TargetFacts,
} from '../../domain/filter/asked-facts.js';
import { DEVICE_FACTS_CHANGED } from '../record/told-facts.js';
import { FactsReader } from './facts-reader.js';
import { FactsStore } from './facts-store.js';

/** Notifications of one moment share a read. */
const GATHER_MS = 20;
const RETRY_MS = 1_000;
/** Changes that are not heard of are looked for this often, as long as nothing is heard. */
const DEAF_MS = 60_000;
const NOTHING_ASKED = askedFacts([]);

/**
 * What operators say of devices, in memory, as far as filters ask it that are evaluated when devices check. It is read
 * when somebody asks, kept as the database has it (LISTEN device_facts_changed), and dropped when nobody asks any more.
 */
@Injectable()
export class FactsInMemory implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Devices');
  private store = new FactsStore(NOTHING_ASKED);
  private wanted = NOTHING_ASKED;
  /** What is being read: whoever asks no more than that meanwhile needs no other read. */
  private reading = NOTHING_ASKED;
  /** Devices whose facts have changed since they were read. */
  private changed = new Set<number>();
  /** All of it is to be read. */
  private isDue = false;
  private readAt = 0;
  private running: Promise<void> | undefined;
  private readonly stop = new AbortController();

  constructor(
    private readonly reader: FactsReader,
    changes: ChangeFeed,
  ) {
    changes.subscribe([DEVICE_FACTS_CHANGED], {
      onChange: (payload) => {
        this.hear(payload);
      },
      onDeaf: () => {
        if (performance.now() - this.readAt > DEAF_MS) this.hear(null);
      },
      onAlive: () => undefined,
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  /** What is asked from now on; until it is read, what was asked before is answered. */
  ask(wanted: AskedFacts): void {
    this.wanted = wanted;
    if (asksNothing(this.wanted)) {
      if (asksNothing(this.store.asked)) return;
      this.store = new FactsStore(NOTHING_ASKED);
      this.changed.clear();
    } else if (!this.store.covers(this.wanted) && !covers(this.reading, this.wanted)) {
      this.isDue = true;
      this.work();
    }
  }

  /** Replaced when something else is asked. */
  get current(): FactsStore {
    return this.store;
  }

  of(deviceId: number): TargetFacts {
    return this.store.get(deviceId);
  }

  /** Resolves when all that was heard of is read, or could not be. */
  async settled(): Promise<void> {
    await this.running;
  }

  /** @param payload `42,43`, or `*`; null: nobody knows what was missed */
  private hear(payload: string | null): void {
    if (asksNothing(this.wanted)) return;
    if (payload === null || payload === '*') this.isDue = true;
    else for (const id of payload.split(',')) this.changed.add(Number(id));
    this.work();
  }

  private work(): void {
    if (this.stop.signal.aborted) return;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
  }

  /** One read after the other: what is heard of meanwhile is read afterwards. */
  private async run(): Promise<void> {
    let isBehind = false;
    while (await this.waits(isBehind ? RETRY_MS : GATHER_MS)) {
      if (asksNothing(this.wanted) || !(this.isDue || this.changed.size > 0)) return;
      try {
        await (this.isDue ? this.readAll(this.wanted) : this.readChanged());
        isBehind = false;
      } catch (error) {
        if (!isBehind)
          this.logger.warn(
            `What operators say of devices could not be read, and is read again: ${String(error)}`,
          );
        isBehind = true;
      }
    }
  }

  /** @returns false: the process ends */
  private waits(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: this.stop.signal }).catch(() => false);
  }

  private async readAll(asked: AskedFacts): Promise<void> {
    const { changed } = this;
    [this.isDue, this.changed, this.reading] = [false, new Set(), asked];
    try {
      const store = new FactsStore(asked);
      for await (const bite of this.reader.readAll(asked)) {
        if (this.stop.signal.aborted || asksNothing(this.wanted)) return;
        for (const [deviceId, facts] of bite) store.set(deviceId, facts);
      }
      this.store = store;
      this.readAt = performance.now();
    } catch (error) {
      this.isDue = true;
      for (const id of changed) this.changed.add(id);
      throw error;
    } finally {
      this.reading = NOTHING_ASKED;
    }
  }

  private async readChanged(): Promise<void> {
    const { changed, store } = this;
    this.changed = new Set();
    try {
      const ids = [...changed];
      const said = new Map(await this.reader.read({ ids }, store.asked));
      for (const id of ids) store.set(id, said.get(id) ?? NOTHING_SAID);
    } catch (error) {
      for (const id of changed) this.changed.add(id);
      throw error;
    }
  }
}
