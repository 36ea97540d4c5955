import { mkdirSync } from 'node:fs';
import { ConfigError } from '../src/config/load-config.js';
import type { Database } from '../src/database/open-database.js';
import { storeOf } from '../src/storage/store-of.js';
import type { Installation } from '../src/upkeep/installation.js';
import { restore } from '../src/upkeep/restore.js';
import { becomeOwnerOf, openForAWhile, readPlace, serveCommand } from './server-machine.js';

/** The command opens the archive, which the server's user may not be able to. */
const ARCHIVE = 3;

/** For `ota restore`. */
await serveCommand(async (progress) => {
  const place = readPlace();
  becomeOwnerOf(place.dataDir);
  const { dataDir } = place;
  const store = storeOf(place);
  let database: Database | undefined;
  const open = async (): Promise<Installation> => {
    mkdirSync(dataDir, { recursive: true });
    const error = store.findSettingError();
    if (error !== null) throw new ConfigError([error]);
    database = await openForAWhile(place, true);
    return { databaseUrl: database.url, dataDir, store };
  };
  try {
    return await restore(ARCHIVE, open, (step, bytes) => {
      progress(`${step === 'verify' ? 'Checking the backup' : 'Restoring'}, ${(bytes / 1e6).toFixed(0)} MB`);
    });
  } finally {
    await database?.close();
  }
});
