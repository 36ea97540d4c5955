import { DataSource } from 'typeorm';
import { schemaDataSourceOptions } from '../src/database/data-source.js';
import { storeOf } from '../src/storage/store-of.js';
import { Fsck } from '../src/upkeep/fsck.js';
import { becomeOwnerOf, openForAWhile, readPlace, serveCommand } from './server-machine.js';

/** `node tools/fsck.js [--repair]`, for `ota fsck`. */
await serveCommand(async (progress) => {
  const place = readPlace();
  becomeOwnerOf(place.dataDir);
  const database = await openForAWhile(place);
  try {
    const dataSource = await new DataSource(schemaDataSourceOptions(database.url)).initialize();
    try {
      const fsck = new Fsck(dataSource, storeOf(place), (what) => {
        progress(`Reading ${what}`);
      });
      return await fsck.run(process.argv.includes('--repair'));
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await database.close();
  }
});
