import { createWriteStream } from 'node:fs';
import { storeOf } from '../src/storage/store-of.js';
import { backUp } from '../src/upkeep/back-up.js';
import { becomeOwnerOf, openForAWhile, readPlace, serveCommand } from './server-machine.js';

/** The command opens the archive, in a folder to which the server's user may have no access. */
const ARCHIVE = 3;

/** For `ota backup`. */
await serveCommand(async (progress) => {
  const place = readPlace();
  becomeOwnerOf(place.dataDir);
  const { dataDir } = place;
  const database = await openForAWhile(place);
  try {
    const installation = { databaseUrl: database.url, dataDir, store: storeOf(place) };
    return await backUp(installation, createWriteStream('', { fd: ARCHIVE }), (part, bytes) => {
      progress(`${part}, ${(bytes / 1e6).toFixed(0)} MB so far`);
    });
  } finally {
    await database.close();
  }
});
