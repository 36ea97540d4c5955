import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { installationSecrets, isSecretName, keepInstallationSecret } from '../config/secrets.js';
import { fillDatabase } from '../database/fill-database.js';
import { migrationNames } from '../database/migrator.js';
import { DomainError } from '../domain/errors.js';
import type { RestoreReport } from '../domain/upkeep-reports.js';
import type { FirmwareStore } from '../storage/firmware-store.js';
import { hashOf } from '../storage/hash-of.js';
import { parseBinaryPath } from '../storage/store-path.js';
import {
  damaged,
  parsePart,
  secretPart,
  storePart,
  tablePart,
  type ArchiveManifest,
  type ArchivePart,
} from './archive-manifest.js';
import { openParts, verifyArchive, type OpenPart } from './archive-reader.js';
import { belongsToMachine, type Installation } from './installation.js';

/** @param bytes read so far, in this step */
export type OnStep = (step: 'verify' | 'restore', bytes: number) => void;

/**
 * Puts everything of an archive into an empty installation. The archive is read as a whole and compared with its hashes
 * before anything is changed. Then come the files and the secrets, which a second try finds as they are, and the database
 * last, in one transaction: until then there is none.
 * @param file a descriptor of the archive
 * @param open opens the installation, once the archive is known to be good
 * @throws DomainError ARCHIVE_DAMAGED, ARCHIVE_TOO_NEW, DATABASE_NOT_EMPTY, STORE_NOT_EMPTY, SECRETS_DIFFER
 */
export async function restore(
  file: number,
  open: () => Promise<Installation>,
  onStep: OnStep = () => undefined,
): Promise<RestoreReport> {
  const manifest = await verifyArchive(file, (bytes) => {
    onStep('verify', bytes);
  });
  refuseNewer(manifest);
  refuseStrayParts(manifest);
  const installation = await open();
  refuseOtherSecrets(manifest, installation.dataDir);
  await refuseOtherFiles(manifest, installation.store);

  const parts = openParts(file);
  let [index, read] = [0, 0];
  const next = async (): Promise<OpenPart> => {
    onStep('restore', read);
    const expected = manifest.parts[index++];
    read += expected?.size ?? 0;
    const { value } = (await parts.next()) as IteratorResult<OpenPart, undefined>;
    if (!value || value.name !== expected?.name) throw changed();
    return value;
  };
  await fillDatabase(
    installation.databaseUrl,
    manifest.database,
    ({ name }) => rowsFrom(next, name, manifest.parts),
    async () => {
      for (const part of manifest.parts.slice(index)) await keepPart(part, await next(), installation);
    },
  );
  await parts.return(undefined);
  return {
    createdAt: manifest.createdAt,
    tables: manifest.database.tables.length,
    files: manifest.parts.filter(({ name }) => parsePart(name).kind === 'store').length,
    lacking: manifest.lacking,
  };
}

const changed = (): DomainError => damaged('The backup changed while it was read.');

/** The rows of a table, from all its pieces. */
function rowsFrom(
  next: () => Promise<OpenPart>,
  table: string,
  parts: readonly ArchivePart[],
): AsyncIterable<Buffer> {
  const names = new Set(parts.map(({ name }) => name));
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let piece = 1; names.has(tablePart(table, piece)); piece++) yield* (await next()).bytes;
  }
  const source = Readable.from(pieces(), { objectMode: false });
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}

async function keepPart(
  { name, sha256 }: ArchivePart,
  { bytes }: OpenPart,
  { dataDir, store }: Installation,
): Promise<void> {
  const { kind, rest } = parsePart(name);
  if (kind === 'secrets') {
    const secret = await text(Readable.from(bytes));
    if (keepInstallationSecret(dataDir, rest, secret) !== secret) throw otherSecret(rest);
    return;
  }
  const staged = await store.stage(bytes);
  if (staged.hash !== sha256) {
    await store.discard(staged);
    throw changed();
  }
  if (!(await store.republish(staged, rest))) throw otherFile(rest);
}

function refuseNewer({ database }: ArchiveManifest): void {
  const known = new Set(migrationNames());
  const unknown = database.migrations.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new DomainError(
    'ARCHIVE_TOO_NEW',
    `The backup was made by a newer version: it knows ${unknown}. Nothing was changed.`,
  );
}

/** Whoever can write an archive can have its rows restored, but not write to other places. */
function refuseStrayParts({ parts }: ArchiveManifest): void {
  for (const { name } of parts) {
    const { kind, rest } = parsePart(name);
    const isFine =
      kind === 'database' ||
      (kind === 'store' && parseBinaryPath(rest) === rest) ||
      (kind === 'secrets' && isSecretName(rest) && !belongsToMachine(rest));
    if (!isFine) throw damaged(`The backup has a part ${name}, which it should not have.`);
  }
}

/** Those of the backup itself may be there: an earlier try has left them, or the store stays where it is. */
async function refuseOtherFiles({ parts }: ArchiveManifest, store: FirmwareStore): Promise<void> {
  const expected = new Map(parts.map((part) => [part.name, part]));
  for await (const { path, size } of store.list()) {
    const part = expected.get(storePart(path));
    if (part?.size !== size) throw otherFile(path);
    const file = await store.read(path);
    if (file && (await hashOf(file.bytes)) !== part.sha256) throw otherFile(path);
  }
}

function refuseOtherSecrets({ parts }: ArchiveManifest, dataDir: string): void {
  const hashes = new Map(parts.map(({ name, sha256 }) => [name, sha256]));
  for (const [name, secret] of installationSecrets(dataDir)) {
    const hash = hashes.get(secretPart(name));
    if (hash !== undefined && hash !== createHash('sha256').update(secret).digest('hex'))
      throw otherSecret(name);
  }
}

const otherFile = (path: string): DomainError =>
  new DomainError(
    'STORE_NOT_EMPTY',
    `The firmware store has the file ${path}, which is not of this backup. Nothing was changed.`,
  );

const otherSecret = (name: string): DomainError =>
  new DomainError(
    'SECRETS_DIFFER',
    `DATA_DIR has another secret ${name} than this backup. Nothing was changed.`,
  );
