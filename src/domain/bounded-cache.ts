/** Remembers what a pure function answered, for so many arguments; then it begins anew, which costs less than order. */
export class BoundedCache<K, V> {
  private readonly known = new Map<K, V>();

  constructor(
    private readonly capacity: number,
    private readonly make: (key: K) => V,
  ) {}

  get(key: K): V {
    const present = this.known.get(key);
    // A value may itself be undefined.
    if (present !== undefined || this.known.has(key)) return present as V;
    if (this.known.size >= this.capacity) this.known.clear();
    const value = this.make(key);
    this.known.set(key, value);
    return value;
  }
}
