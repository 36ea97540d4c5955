/**
 * Remembers so many values, each by one or several keys, which cost less one after the other than joined. Cleared when
 * full: cheaper than to know which was used last.
 */
export class BoundedCache<Keys extends readonly unknown[], V> {
  private known = new Map<unknown, unknown>();
  private size = 0;

  constructor(private readonly capacity: number) {}

  /** @param make called for keys that are not known */
  get(keys: Keys, make: () => V): V {
    const last = keys.length - 1;
    let level = this.known;
    for (let depth = 0; depth < last; depth++) level = below(level, keys[depth]);
    const present = level.get(keys[last]);
    // A value may itself be undefined.
    if (present !== undefined || level.has(keys[last])) return present as V;
    if (this.size >= this.capacity) {
      this.known = new Map();
      this.size = 0;
      return this.get(keys, make);
    }
    const value = make();
    level.set(keys[last], value);
    this.size += 1;
    return value;
  }
}

function below(level: Map<unknown, unknown>, key: unknown): Map<unknown, unknown> {
  const present = level.get(key) as Map<unknown, unknown> | undefined;
  if (present) return present;
  const made = new Map<unknown, unknown>();
  level.set(key, made);
  return made;
}
