/** Remembers so many values by their keys. Cleared when full: cheaper than to know which was used last. */
export class BoundedCache<K, V> {
  private readonly known = new Map<K, V>();

  constructor(private readonly capacity: number) {}

  /** @param make called for a key that is not known */
  get(key: K, make: () => V): V {
    const present = this.known.get(key);
    // A value may itself be undefined.
    if (present !== undefined || this.known.has(key)) return present as V;
    if (this.known.size >= this.capacity) this.known.clear();
    const value = make();
    this.known.set(key, value);
    return value;
  }
}
