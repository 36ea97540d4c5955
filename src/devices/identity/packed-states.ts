/** Entries that were set one by one are looked up before the others, so there must not be too many of them. */
const LEAST_RECENT = 4_096;
/** Of the entries in order. */
const RECENT_SHARE = 16;

/**
 * Numbers of 32 bits by device id, in 12 bytes for each and a little: two arrays in the order of the ids, and a map of
 * what was set since they were made. What is not in it is 0.
 */
export class PackedStates {
  private ids = new Float64Array(0);
  private values = new Uint32Array(0);
  private recent = new Map<number, number>();

  get(deviceId: number): number {
    if (this.recent.size > 0) {
      const value = this.recent.get(deviceId);
      if (value !== undefined) return value;
    }
    const place = this.placeOf(deviceId);
    return this.ids[place] === deviceId ? (this.values[place] ?? 0) : 0;
  }

  set(deviceId: number, value: number): void {
    if (this.recent.size === 0 && this.get(deviceId) === value) return;
    this.recent.set(deviceId, value);
    if (this.recent.size > Math.max(LEAST_RECENT, this.ids.length / RECENT_SHARE)) this.fold();
  }

  /** The first place whose id is not lower. */
  private placeOf(deviceId: number): number {
    const { ids } = this;
    let low = 0;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ids[middle] ?? 0) < deviceId) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Brings what was set into the order of the others. */
  private fold(): void {
    const added = Float64Array.from(this.recent.keys()).sort();
    const ids = new Float64Array(this.ids.length + added.length);
    const values = new Uint32Array(ids.length);
    let count = 0;
    const take = (deviceId: number, value: number): void => {
      if (value === 0) return;
      ids[count] = deviceId;
      values[count] = value;
      count += 1;
    };
    let next = 0;
    for (const deviceId of added) {
      for (; next < this.ids.length && (this.ids[next] ?? 0) < deviceId; next++)
        take(this.ids[next] ?? 0, this.values[next] ?? 0);
      if (this.ids[next] === deviceId) next += 1;
      take(deviceId, this.recent.get(deviceId) ?? 0);
    }
    for (; next < this.ids.length; next++) take(this.ids[next] ?? 0, this.values[next] ?? 0);
    this.ids = count === ids.length ? ids : ids.slice(0, count);
    this.values = count === ids.length ? values : values.slice(0, count);
    this.recent = new Map();
  }
}
