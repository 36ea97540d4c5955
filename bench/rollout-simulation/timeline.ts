interface Entry {
  readonly at: number;
  readonly run: () => void;
}

/** What is still to happen, in the order of its time: a binary heap. */
export class Timeline {
  private readonly heap: Entry[] = [];

  add(at: number, run: () => void): void {
    const { heap } = this;
    let place = heap.push({ at, run }) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (heap[parent]!.at <= heap[place]!.at) break;
      this.swap(place, parent);
      place = parent;
    }
  }

  /** Lets happen what is due until then. */
  runUntil(at: number): void {
    while (this.heap.length > 0 && this.heap[0]!.at <= at) this.take().run();
  }

  /** @returns when the last of it has happened; 0 when there was nothing */
  runToTheEnd(): number {
    let last = 0;
    while (this.heap.length > 0) {
      const next = this.take();
      last = next.at;
      next.run();
    }
    return last;
  }

  private take(): Entry {
    const { heap } = this;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let place = 0; ;) {
      let least = place;
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < heap.length && heap[child]!.at < heap[least]!.at) least = child;
      }
      if (least === place) return first;
      this.swap(place, least);
      place = least;
    }
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.heap[b]!, this.heap[a]!];
  }
}
