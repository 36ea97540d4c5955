/** Entries that were set one by one are looked up before the others, so there must not be too many of them. */
const LEAST_RECENT = 4_096;
/** Of the entries in order. */
const RECENT_SHARE = 16;
/** So many ids are one line of the processor's cache. */
const LINE = 8;

/**
 * Numbers of 32 bits by device id, in 13 bytes for each and a little: two arrays in the order of the ids, and a map of
 * what was set since they were made. What is not in it is 0.
 */
export class PackedStates {
  private ids = new Float64Array(0);
  private values = new Uint32Array(0);
  /**
   * The ids, then every eighth of those, and so on up to a few: a search reads one line of each, and those of the small ones
   * stay in the cache. To halve a million ids again and again reads more lines than any cache keeps.
   */
  private levels: readonly Float64Array[] = [];
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

  /** The last place whose id is not higher; below 0: there is none. */
  private placeOf(deviceId: number): number {
    let place = 0;
    for (let depth = this.levels.length - 1; depth >= 0; depth--) {
      const level = this.levels[depth] ?? this.ids;
      const end = Math.min(place + LINE, level.length);
      while (place < end && (level[place] ?? 0) <= deviceId) place += 1;
      if (--place < 0) break;
      if (depth > 0) place *= LINE;
    }
    return place;
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
    this.levels = levelsOf(this.ids);
    this.recent = new Map();
  }
}

function levelsOf(ids: Float64Array): Float64Array[] {
  const levels = [ids];
  for (let below = ids; below.length > LINE;) {
    const level = new Float64Array(Math.ceil(below.length / LINE));
    for (let place = 0; place < level.length; place++) level[place] = below[place * LINE] ?? 0;
    levels.push(level);
    below = level;
  }
  return levels;
}
