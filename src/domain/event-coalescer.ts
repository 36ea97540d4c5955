/** Something that happened to an entity; a later one replaces it. */
interface OfEntity {
  readonly entity: string;
}

/**
 * Passes on at most one event in a span of time for each entity, the newest. Everything that waits is passed on together, in the
 * order in which it came: whoever has seen the first part of that and continues behind it misses nothing, since of each
 * entity the newest event is either seen or still to come.
 */
export class EventCoalescer<E extends OfEntity> {
  private readonly waiting = new Map<string, E>();
  private takenAt = -Infinity;

  /** @param capacity entities that may wait */
  constructor(
    private readonly capacity: number,
    private readonly spanMs: number,
  ) {}

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  get isFull(): boolean {
    return this.waiting.size >= this.capacity;
  }

  add(event: E): void {
    // So that it moves to the end.
    this.waiting.delete(event.entity);
    this.waiting.set(event.entity, event);
  }

  /** Milliseconds until {@link take} may be called. @param now reading of a clock that never goes back */
  waitMs(now: number): number {
    return Math.max(0, this.takenAt + this.spanMs - now);
  }

  /** All that waits; nothing before its time. */
  take(now: number): E[] {
    if (this.waitMs(now) > 0 || this.isEmpty) return [];
    this.takenAt = now;
    const events = [...this.waiting.values()];
    this.waiting.clear();
    return events;
  }

  /** Forgets what waits. */
  clear(): void {
    this.waiting.clear();
  }
}

/** Of each entity the newest, in the order in which they came. */
export function newestOfEach<E extends OfEntity>(events: readonly E[]): E[] {
  const coalescer = new EventCoalescer<E>(events.length, 0);
  for (const event of events) coalescer.add(event);
  return coalescer.take(0);
}
