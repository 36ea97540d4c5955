import type { Readable, Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { installationSecrets } from '../config/secrets.js';
import { withSnapshot, type Snapshot } from '../database/snapshot.js';
import type { BackupReport, LackingFile } from '../domain/upkeep-reports.js';
import type { FirmwareEntity } from '../firmware/firmware.entity.js';
import { FirmwareRepository } from '../firmware/firmware.repository.js';
import type { FirmwareStore } from '../storage/firmware-store.js';
import { parseBinaryPath } from '../storage/store-path.js';
import { FORMAT, secretPart, storePart, tablePart } from './archive-manifest.js';
import { ArchiveWriter } from './archive-writer.js';
import { belongsToMachine, type Installation } from './installation.js';

/** Kept in memory, since a tar says how long a part is before it. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** @param bytes written so far */
export type OnPart = (part: string, bytes: number) => void;

/**
 * Writes everything that a server keeps as one archive, while it runs: the database as it is at one moment, then each
 * file that it refers to, which never changes. What an admin removes meanwhile is lacking, and said to be.
 * @throws DomainError SCHEMA_DIFFERS, STORE_UNAVAILABLE
 */
export async function backUp(
  { databaseUrl, dataDir, store }: Installation,
  target: Writable,
  onPart: OnPart = () => undefined,
): Promise<BackupReport> {
  const archive = new ArchiveWriter(target, onPart);
  try {
    const createdAt = new Date().toISOString();
    const { database, firmware } = await withSnapshot(databaseUrl, async (snapshot) => {
      await addTables(snapshot, archive);
      const { migrations, tables } = snapshot;
      return {
        database: { migrations, tables },
        firmware: await FirmwareRepository.of(snapshot.runner.manager).findWithFile(),
      };
    });
    for (const [name, secret] of installationSecrets(dataDir)) {
      if (!belongsToMachine(name)) await archive.addBytes(secretPart(name), Buffer.from(secret));
    }
    const lacking = await addFiles(firmware, store, archive);
    const explained = await explain(lacking, databaseUrl);
    await archive.finish({ format: FORMAT, createdAt, database, lacking: explained });
    const files = archive.parts.filter(({ name }) => name.startsWith(storePart(''))).length;
    return { tables: database.tables.length, files, lacking: explained };
  } catch (error) {
    archive.abort();
    throw error;
  }
}

async function addTables(snapshot: Snapshot, archive: ArchiveWriter): Promise<void> {
  for (const table of snapshot.tables) {
    let piece = 0;
    for await (const bytes of piecesOf(inGzip(snapshot.rowsOf(table))))
      await archive.addBytes(tablePart(table.name, ++piece), bytes);
  }
}

function inGzip(rows: Readable): AsyncIterable<Buffer> {
  const gzip = createGzip();
  rows.on('error', (error) => gzip.destroy(error));
  return rows.pipe(gzip);
}

async function* piecesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let [chunks, size] = [[] as Buffer[], 0];
  for await (const chunk of bytes) {
    chunks.push(chunk);
    size += chunk.length;
    if (size < PIECE_BYTES) continue;
    yield Buffer.concat(chunks);
    [chunks, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(chunks);
}

/** Each file once, whatever number of firmware it belongs to. */
async function addFiles(
  firmware: readonly FirmwareEntity[],
  store: FirmwareStore,
  archive: ArchiveWriter,
): Promise<LackingFile[]> {
  const hashes = new Map<string, string | null>();
  const lacking: LackingFile[] = [];
  for (const { id, binaryPath, fileHash } of firmware) {
    const path = parseBinaryPath(binaryPath) ?? binaryPath;
    if (!hashes.has(path)) hashes.set(path, await addFile(path, store, archive));
    const hash = hashes.get(path);
    if (hash !== fileHash)
      lacking.push({ firmwareId: id, path, what: hash === null ? 'missing' : 'damaged' });
  }
  return lacking;
}

/** @returns its hash; null when there is no such file */
async function addFile(path: string, store: FirmwareStore, archive: ArchiveWriter): Promise<string | null> {
  const file = await store.read(path);
  return file && (await archive.add(storePart(path), file.size, file.bytes)).sha256;
}

/** A file that is missing may have been removed since the moment of the snapshot. */
async function explain(lacking: readonly LackingFile[], databaseUrl: string): Promise<LackingFile[]> {
  if (!lacking.some(({ what }) => what === 'missing')) return [...lacking];
  return withSnapshot(databaseUrl, async ({ runner }) => {
    const present = new Set((await FirmwareRepository.of(runner.manager).findWithFile()).map(({ id }) => id));
    return lacking.map((file) =>
      file.what === 'missing' && !present.has(file.firmwareId) ? { ...file, what: 'removed' } : file,
    );
  });
}
