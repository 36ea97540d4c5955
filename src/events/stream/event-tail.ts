import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { ChangeFeed } from '../../database/change-feed.js';
import type { PeriodicTask } from '../../database/periodic-task.js';
import { PeriodicTasks } from '../../database/periodic-tasks.js';
import { EventCoalescer } from '../../domain/event-coalescer.js';
import type { EventPlace } from '../../domain/event-place.js';
import { EVENTS_CHANNEL, EventRepository, type RecordedEvent } from '../event.repository.js';
import { frameOf, type Frame } from './frame.js';

export interface TailListener {
  /** All events up to `upTo`, but for those of which a newer one of the same entity is among them. */
  onEvents(frames: readonly Frame[], upTo: EventPlace): void;
  /** Events up to here were left out. */
  onGap(upTo: EventPlace): void;
}

const PAGE = 1_000;
/** Entities of which an event may wait for its second. */
const CAPACITY = 2_000;
/** Who is further behind is not caught up with: clients read their lists again. */
const MOST_BEHIND_MS = 60_000;

/**
 * Reads the new events, once for all streams of this process, and nothing while there is none. Woken up by notifications,
 * and every quarter of a second in any case: what devices cause in masses is not announced.
 */
@Injectable()
export class EventTail {
  private readonly listeners = new Set<TailListener>();
  private readonly coalescer: EventCoalescer<RecordedEvent>;
  private readonly task: PeriodicTask;
  private readonly pollMs: number;
  /** Up to where events were read; null: nobody listens. */
  private readTo: EventPlace | null = null;
  /** Up to where they were passed on. */
  private toldTo: EventPlace | null = null;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly events: EventRepository,
    changes: ChangeFeed,
    tasks: PeriodicTasks,
  ) {
    this.pollMs = limits.eventPollMs;
    this.coalescer = new EventCoalescer(CAPACITY, limits.eventSpanMs);
    this.task = tasks.add({
      name: 'Reading events',
      everyMs: this.pollMs,
      run: () => this.read(),
    });
    const hear = (): void => {
      if (this.listeners.size > 0) void this.task.run();
    };
    changes.subscribe([EVENTS_CHANNEL], { onChange: hear, onDeaf: hear, onAlive: () => undefined });
  }

  /** @returns the place behind which the listener is told of everything */
  async listen(listener: TailListener): Promise<EventPlace> {
    // Whoever listens meanwhile asks for the same.
    const end = this.toldTo ?? (await this.events.end());
    this.listeners.add(listener);
    this.readTo ??= end;
    return (this.toldTo ??= end);
  }

  leave(listener: TailListener): void {
    this.listeners.delete(listener);
    if (this.listeners.size > 0) return;
    this.readTo = this.toldTo = null;
    this.coalescer.clear();
  }

  private async read(): Promise<number | undefined> {
    if (!this.readTo) return undefined;
    const isBehind = await this.readPage(this.readTo);
    this.pass();
    if (this.coalescer.isEmpty) return isBehind ? 0 : undefined;
    const wait = this.coalescer.waitMs(performance.now());
    return this.coalescer.isFull ? wait : isBehind ? 0 : Math.min(wait, this.pollMs);
  }

  /** @returns whether there is more to read */
  private async readPage(readTo: EventPlace): Promise<boolean> {
    if (this.coalescer.isFull) return true;
    const { events, end, isFull } = await this.events.readAfter(readTo, PAGE);
    // The last listener may have left meanwhile, and another come.
    if (this.readTo !== readTo) return false;
    const last = events.at(-1);
    if (isFull && last && Date.now() - last.at.getTime() > MOST_BEHIND_MS) {
      await this.skip(readTo);
      return false;
    }
    for (const event of events) this.coalescer.add(event);
    this.readTo = end;
    return isFull;
  }

  private pass(): void {
    const { readTo, coalescer } = this;
    if (!readTo) return;
    if (coalescer.isEmpty) {
      this.toldTo = readTo;
      return;
    }
    const now = new Date();
    const frames = coalescer.take(performance.now()).map((event) => frameOf(event, now));
    if (frames.length === 0) return;
    this.toldTo = readTo;
    for (const listener of [...this.listeners]) listener.onEvents(frames, readTo);
  }

  private async skip(readTo: EventPlace): Promise<void> {
    const end = await this.events.end();
    if (this.readTo !== readTo) return;
    this.coalescer.clear();
    this.readTo = this.toldTo = end;
    for (const listener of [...this.listeners]) listener.onGap(end);
  }
}
