import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { readEnvironment } from '../../src/config/environment.js';
import { storeOf } from '../../src/storage/store-of.js';
import { describeFirmwareStore } from '../support/firmware-store-contract.js';
import { ObjectStore } from '../support/object-store.js';

let objects: ObjectStore | undefined;
beforeAll(async () => {
  Logger.overrideLogger(false);
  objects = await ObjectStore.start();
});
afterAll(() => objects?.close());

describe.each([
  ['a bucket', ''],
  ['a part of a bucket', 'fleets/eu-1'],
])('%s:', (name, prefix) => {
  describeFirmwareStore(name, async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'ota-test-s3-scratch-'));
    const config = readEnvironment({ ...objects!.settings(prefix), DATA_DIR: scratch }, []);
    return {
      store: storeOf(config),
      naming: 'by-content',
      // A page of a list has 1,000.
      manyFiles: 1_100,
      put: (path, bytes) => objects!.put(prefix === '' ? path : `${prefix}/${path}`, bytes),
      close: async () => {
        await objects!.empty();
        await rm(scratch, { recursive: true });
      },
    };
  });
});
