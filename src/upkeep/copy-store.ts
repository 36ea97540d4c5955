import type { CopyReport, NotCopied } from '../domain/upkeep-reports.js';
import type { FirmwareStore } from '../storage/firmware-store.js';
import { parseBinaryPath } from '../storage/store-path.js';

/** @param done files that are in the other store. @param bytes copied so far */
export type OnFile = (path: string, done: number, bytes: number) => void;

/** What is said of files by the database: paths in the store, and the hash of each, SHA-256 in lower-case hex. */
export type RegisteredHashes = () => Promise<ReadonlyMap<string, string>>;

/**
 * Copies every file of a store to another under the same name, while servers use the first. Each file is compared with the
 * hash that was registered, or that the store has for one that is not registered yet. A copy that was interrupted goes on:
 * what the other store has already is only compared. Files that are published meanwhile are copied, too.
 * @throws DomainError STORE_UNAVAILABLE
 */
export async function copyStore(
  source: FirmwareStore,
  target: FirmwareStore,
  registered: RegisteredHashes,
  onFile: OnFile = () => undefined,
): Promise<CopyReport> {
  const copy = new StoreCopy(source, target, onFile);
  let hashes: ReadonlyMap<string, string>;
  // What was published during one pass is found by the next.
  do hashes = await registered();
  while ((await copy.pass(hashes)) > 0);
  return copy.report(hashes);
}

class StoreCopy {
  private readonly done = new Set<string>();
  private readonly failed = new Map<string, NotCopied['what']>();
  private copied = 0;
  private bytes = 0;

  constructor(
    private readonly source: FirmwareStore,
    private readonly target: FirmwareStore,
    private readonly onFile: OnFile,
  ) {}

  /** @returns how many files it found that were not known before */
  async pass(hashes: ReadonlyMap<string, string>): Promise<number> {
    let found = 0;
    for await (const { path } of this.source.list()) {
      if (this.done.has(path) || this.failed.has(path)) continue;
      found += 1;
      this.onFile(path, this.done.size, this.bytes);
      const failure = await this.copy(path, hashes.get(path));
      if (failure === null) this.done.add(path);
      else if (failure !== 'gone') this.failed.set(path, failure);
    }
    return found;
  }

  async report(hashes: ReadonlyMap<string, string>): Promise<CopyReport> {
    const missing: string[] = [];
    for (const [path, hash] of hashes) {
      const isKnown = this.done.has(path) || this.failed.has(path);
      // A server that uses the other store already publishes there.
      if (!isKnown && (await this.target.hashOf(path)) !== hash) missing.push(path);
    }
    return {
      copied: this.copied,
      bytes: this.bytes,
      present: this.done.size - this.copied,
      notCopied: [
        ...Array.from(this.failed, ([path, what]) => ({ path, what })),
        ...missing.map((path) => ({ path, what: 'missing' as const })),
      ],
    };
  }

  /** @returns null when the other store has the file; `gone` when it was removed meanwhile */
  private async copy(
    path: string,
    registered: string | undefined,
  ): Promise<NotCopied['what'] | 'gone' | null> {
    const expected = registered ?? (await this.source.hashOf(path));
    if (expected === null) return 'gone';
    const present = await this.target.hashOf(path);
    if (present !== null) return present === expected ? null : 'taken';

    const file = await this.source.read(path);
    if (!file) return 'gone';
    const staged = await this.target.stage(file.bytes);
    if (staged.hash !== expected) {
      await this.target.discard(staged);
      return 'damaged';
    }
    if (!(await this.target.republish(staged, path))) return 'taken';
    this.copied += 1;
    this.bytes += staged.size;
    return null;
  }
}

/** @param rows that should have a file. @returns the hash of each path */
export function hashesByPath(
  rows: readonly { readonly binaryPath: string; readonly fileHash: string }[],
): ReadonlyMap<string, string> {
  return new Map(
    rows.map(({ binaryPath, fileHash }) => [parseBinaryPath(binaryPath) ?? binaryPath, fileHash]),
  );
}
