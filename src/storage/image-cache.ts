/** Bytes that stay in memory until they are released. */
export interface AcquiredImage {
  readonly bytes: Buffer;
  /** The caller must call it once. */
  readonly release: () => void;
}

/** What identifies an image, and how much room it takes. */
export interface CacheableImage {
  readonly fileHash: string;
  /** Bytes. */
  readonly fileSize: number;
}

interface Entry {
  /** null while it is being read. */
  bytes: Buffer | null;
  readonly loading: Promise<Buffer | null>;
  readonly size: number;
  readers: number;
  /** Reading of `performance.now()`. */
  usedAt: number;
}

/** An image gives way to another only when nobody has asked for it for so long. */
const IDLE_MS = 60_000;
/** Within so short a time it does not matter who was asked for last. */
const ORDER_MS = 100;

/**
 * Images in demand, in memory: never more bytes than the capacity, those being sent included. An image that finds no room
 * is left to the caller to read, so that a working set that is too large does not push itself out again and again.
 */
export class ImageCache<I extends CacheableImage> {
  /** By hash; the one that was asked for longest ago comes first. */
  private readonly entries = new Map<string, Entry>();
  private usedBytes = 0;

  constructor(
    private readonly capacityBytes: number,
    /** Reads and verifies an image, once for all that wait; null: there is none. */
    private readonly load: (image: I) => Promise<Buffer | null>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Bytes that are taken. */
  get size(): number {
    return this.usedBytes;
  }

  /** @returns null when it is not in memory now */
  acquireLoaded({ fileHash }: I): AcquiredImage | null {
    const entry = this.entries.get(fileHash);
    if (!entry?.bytes) return null;
    this.use(fileHash, entry);
    return acquired(entry, entry.bytes);
  }

  /**
   * Loads it if need be.
   * @returns null when there is no room for it, or none to load
   * @throws what `load` throws; nothing is remembered then
   */
  async acquire(image: I): Promise<AcquiredImage | null> {
    const entry = this.entries.get(image.fileHash) ?? this.admit(image);
    if (!entry) return null;
    this.use(image.fileHash, entry);
    const bytes = entry.bytes ?? (await entry.loading);
    return bytes && acquired(entry, bytes);
  }

  private use(hash: string, entry: Entry): void {
    entry.readers += 1;
    const now = this.now();
    if (now - entry.usedAt < ORDER_MS) return;
    entry.usedAt = now;
    this.entries.delete(hash);
    this.entries.set(hash, entry);
  }

  private admit(image: I): Entry | null {
    if (!this.makeRoom(image.fileSize)) return null;
    const { fileHash, fileSize } = image;
    this.usedBytes += fileSize;
    const loading = this.load(image);
    const entry: Entry = { bytes: null, loading, size: fileSize, readers: 0, usedAt: -Infinity };
    loading.then(
      (bytes) => {
        entry.bytes = bytes;
        if (!bytes) this.drop(fileHash, entry);
      },
      () => {
        this.drop(fileHash, entry);
      },
    );
    return entry;
  }

  private makeRoom(size: number): boolean {
    if (size > this.capacityBytes) return false;
    const idle = this.now() - IDLE_MS;
    for (const [hash, entry] of this.entries) {
      if (this.usedBytes + size <= this.capacityBytes) break;
      if (entry.readers === 0 && entry.usedAt < idle) this.drop(hash, entry);
    }
    return this.usedBytes + size <= this.capacityBytes;
  }

  private drop(hash: string, entry: Entry): void {
    if (this.entries.get(hash) !== entry) return;
    this.entries.delete(hash);
    this.usedBytes -= entry.size;
  }
}

function acquired(entry: Entry, bytes: Buffer): AcquiredImage {
  return {
    bytes,
    release: () => {
      entry.readers -= 1;
    },
  };
}
