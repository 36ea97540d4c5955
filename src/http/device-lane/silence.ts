const CHECKS_PER_PATIENCE = 10;

/** A place in the queue of those that are waited for; the longest silent is behind the head of the ring. */
export interface Place<T> {
  readonly item: T | null;
  readonly since: number;
  before: Place<T>;
  after: Place<T>;
}

/**
 * Who has been silent for too long, give or take a tenth. One timer for all of them, and a ring without look-ups: a
 * timer for each would cost as much as the check that it guards.
 */
export class Silence<T> {
  private readonly head: Place<T> = ringOfOne();
  private readonly timer: NodeJS.Timeout;

  constructor(patienceMs: number, onSilence: (item: T) => void) {
    this.timer = setInterval(() => {
      const overdue = performance.now() - patienceMs;
      for (
        let place = this.head.after;
        place.item !== null && place.since <= overdue;
        place = this.head.after
      ) {
        this.end(place);
        onSilence(place.item);
      }
    }, patienceMs / CHECKS_PER_PATIENCE).unref();
  }

  /**
   * @param now reading of `performance.now()`, not before those of earlier calls
   * @returns what {@link end} takes
   */
  begin(item: T, now: number): Place<T> {
    const { head } = this;
    const place = { item, since: now, before: head.before, after: head };
    head.before.after = place;
    head.before = place;
    return place;
  }

  /** @returns false when the item was found silent before, or ended */
  end(place: Place<T>): boolean {
    if (place.after === place) return false;
    place.before.after = place.after;
    place.after.before = place.before;
    place.before = place;
    place.after = place;
    return true;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

function ringOfOne<T>(): Place<T> {
  const place = { item: null, since: 0 } as unknown as Place<T>;
  place.before = place;
  place.after = place;
  return place;
}
