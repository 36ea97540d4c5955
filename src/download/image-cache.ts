/** An image whose bytes are lent until it is given back. */
export interface LentImage {
  readonly bytes: Buffer;
  readonly giveBack: () => void;
}

/** What identifies an image, and how much room it takes. */
export interface CacheableImage {
  readonly fileHash: string;
  /** Bytes. */
  readonly fileSize: number;
}

interface Entry {
  /** A promise while it is being read. */
  bytes: Buffer | Promise<Buffer>;
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
 * Images in demand, in memory: never more than so many bytes, those being sent included. What finds no room is for the
 * caller to read from disk, so that a working set that is too large does not push itself out again and again.
 */
export class ImageCache<I extends CacheableImage> {
  /** By hash; the one that was asked for longest ago comes first. */
  private readonly entries = new Map<string, Entry>();
  private usedBytes = 0;

  constructor(
    private readonly capacityBytes: number,
    /** Reads and verifies an image; one read for all that wait. */
    private readonly load: (image: I) => Promise<Buffer>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Bytes that are taken. */
  get size(): number {
    return this.usedBytes;
  }

  /**
   * @returns null when there is no room for it; at once what is in memory already.
   * Fails as `load` does, and remembers nothing then
   */
  lend(image: I): LentImage | Promise<LentImage> | null {
    const entry = this.entries.get(image.fileHash) ?? this.admit(image);
    if (!entry) return null;
    this.use(image.fileHash, entry);
    if (Buffer.isBuffer(entry.bytes)) return lent(entry, entry.bytes);
    return entry.bytes.then(
      (bytes) => {
        entry.bytes = bytes;
        return lent(entry, bytes);
      },
      (error: unknown) => {
        this.drop(image.fileHash, entry);
        throw error;
      },
    );
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
    this.usedBytes += image.fileSize;
    return { bytes: this.load(image), size: image.fileSize, readers: 0, usedAt: -Infinity };
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

function lent(entry: Entry, bytes: Buffer): LentImage {
  return {
    bytes,
    giveBack: () => {
      entry.readers -= 1;
    },
  };
}
