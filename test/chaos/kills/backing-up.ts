import { existsSync, readdirSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256 } from '../../support/http-client.js';
import { OtaProcess } from '../../support/run-ota.js';
import { makeFolder, removeFolder } from '../../support/server-process.js';
import { verifyArchive } from '../../../src/upkeep/archive-reader.js';
import type { Postgres } from '../lib/postgres.js';
import { momentsWithin, waitUntil } from '../lib/processes.js';
import { rowOf, type Row } from '../lib/report.js';
import { bytesFor, Stage } from '../lib/stage.js';

const MOMENTS = 12;
const FILES = 6;
const FILE_BYTES = 4 * 1024 * 1024;
/** A little longer than once measured, so that some hit a backup that is about to be complete. */
const MARGIN = 1.1;
const ARCHIVE = 'backup.tar';

/** `ota backup` is killed at many moments: what it leaves is no backup, and not in the way of the next one. */
export async function killBackups(postgres: Postgres, progress: (line: string) => void): Promise<Row[]> {
  const databaseUrl = await postgres.createDatabase();
  const stage = await Stage.start({ DATABASE_URL: databaseUrl });
  const folder = makeFolder();
  try {
    const images = Array.from({ length: FILES }, (_, n) => bytesFor(`image ${n}`, FILE_BYTES));
    for (const [n, image] of images.entries()) await stage.publish(image, `1.0.${n}`);
    const out = join(folder, ARCHIVE);
    const place = {
      DATABASE_URL: databaseUrl,
      DATA_DIR: join(stage.folder, 'data'),
      FIRMWARE_STORE: stage.store,
    };
    const backUp = (): OtaProcess => ota(['backup', '--out', out], place);
    const restored = (archive: string): Promise<string> => restore(archive, postgres, images);
    const first = backUp();
    await begun(folder);
    const since = performance.now();
    await succeeded(first);
    const lasts = performance.now() - since;
    await rm(out);

    const faults: string[] = [];
    let [complete, refused] = [0, 0];
    for (const moment of momentsWithin(lasts * MARGIN, MOMENTS)) {
      const fail = (what: string): void => void faults.push(`killed after ${moment.toFixed(0)} ms: ${what}`);
      const run = backUp();
      await begun(folder);
      await waitUntil(performance.now() + moment);
      run.child.kill('SIGKILL');
      await run.outcome;
      if (existsSync(out)) {
        complete += 1;
        if (!(await isWhole(out))) fail('a part of a backup has the name of a whole one');
        await rm(out);
      }
      for (const draft of readdirSync(folder)) {
        const found = await restored(join(folder, draft));
        // The program goes on for a moment when its command is gone, and may finish what it writes.
        if (found.includes('ARCHIVE_DAMAGED')) refused += 1;
        else if (found !== '') fail(`what was left was restored or refused wrongly: ${found}`);
      }
      const { code, stderr } = await backUp().outcome;
      if (code !== 0 || !(await isWhole(out))) fail(`the next backup ended with ${String(code)}: ${stderr}`);
      const names = readdirSync(folder).filter((name) => name !== ARCHIVE);
      if (names.length > 0) fail(`${names.join(', ')} is left over`);
      await rm(out);
    }
    await succeeded(backUp());
    const last = await restored(out);
    if (last !== '') faults.push(`the last backup cannot be restored: ${last}`);
    progress(`killed ${MOMENTS} backups, ${faults.length} faults`);
    const note = `${complete} were complete, ${refused} left a part of one, which a restore refused`;
    return [rowOf('kill -9 of ota backup', MOMENTS, faults, note)];
  } finally {
    await stage.close();
    await removeFolder(folder);
  }
}

const ota = (args: readonly string[], env: Readonly<Record<string, string>>): OtaProcess =>
  new OtaProcess(process.execPath, ['dist/src/cli/main.js', ...args], env);

async function succeeded(run: OtaProcess): Promise<void> {
  const { code, stderr } = await run.outcome;
  if (code !== 0) throw new Error(`A backup ended with ${String(code)}: ${stderr}`);
}

/** Resolves once there is a file to write to. */
async function begun(folder: string): Promise<void> {
  while (readdirSync(folder).length === 0) await sleep(2);
}

async function isWhole(archive: string): Promise<boolean> {
  const file = await open(archive);
  try {
    await verifyArchive(file.fd);
    return true;
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** Into an empty database and store. @returns empty, or what is wrong */
async function restore(archive: string, postgres: Postgres, images: readonly Buffer[]): Promise<string> {
  const folder = makeFolder();
  try {
    const store = join(folder, 'store');
    const place = {
      DATABASE_URL: await postgres.createDatabase(),
      DATA_DIR: join(folder, 'data'),
      FIRMWARE_STORE: store,
    };
    const { code, stderr } = await ota(['restore', '--from', archive], place).outcome;
    if (code !== 0) return stderr;
    for (const [n, image] of images.entries()) {
      const file = await readFile(join(store, 'sensor', `v1.0.${n}.bin`)).catch(() => Buffer.alloc(0));
      if (sha256(file) !== sha256(image)) return `version 1.0.${n} is not what was published`;
    }
    return '';
  } finally {
    await removeFolder(folder);
  }
}
