import { DataSource } from 'typeorm';
import { readStoreLocation } from '../src/config/store-location.js';
import { ConfigError } from '../src/config/load-config.js';
import { schemaDataSourceOptions } from '../src/database/data-source.js';
import { FirmwareRepository } from '../src/firmware/firmware.repository.js';
import { storeOf } from '../src/storage/store-of.js';
import { copyStore, hashesByPath } from '../src/upkeep/copy-store.js';
import { becomeOwnerOf, openForAWhile, readPlace, serveCommand, type ServerPlace } from './server-machine.js';

/** `node tools/store-copy.js TO [FROM]`, for `ota store copy`. FROM: the store of the settings. */
await serveCommand(async (progress) => {
  const settings = readPlace();
  becomeOwnerOf(settings.dataDir);
  const [, , to = '', from] = process.argv;
  const place = from === undefined ? settings : at(settings, '--from', from);
  const target = targetOf(place, to);
  const database = await openForAWhile(place);
  try {
    const dataSource = await new DataSource(schemaDataSourceOptions(database.url)).initialize();
    try {
      const firmware = FirmwareRepository.of(dataSource.manager);
      const report = await copyStore(
        storeOf(place),
        storeOf(target),
        async () => hashesByPath(await firmware.findWithFile()),
        (path, done, bytes) => {
          progress(`${path}, ${done} files so far, ${(bytes / 1e6).toFixed(0)} MB copied`);
        },
      );
      return { from: place.firmwareStore, to: target.firmwareStore, ...report };
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await database.close();
  }
});

function at(place: ServerPlace, option: string, location: string): ServerPlace {
  const errors: string[] = [];
  const firmwareStore = readStoreLocation(option, location, errors);
  if (errors.length > 0) throw new ConfigError(errors);
  return { ...place, firmwareStore };
}

function targetOf(place: ServerPlace, to: string): ServerPlace {
  const target = at(place, '--to', to);
  const { firmwareStore } = target;
  const [one, other] = [place.firmwareStore, firmwareStore].map((location) => `${location}/`);
  if (one?.startsWith(other ?? '') === true || other?.startsWith(one ?? '') === true) {
    throw new ConfigError([`--to ${firmwareStore} must lie outside of the store ${place.firmwareStore}.`]);
  }
  const error = storeOf(target).findSettingError();
  if (error !== null) throw new ConfigError([error.replace('FIRMWARE_STORE', '--to')]);
  return target;
}
