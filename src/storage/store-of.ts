import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { StoreSettings } from '../config/app-config.js';
import { bucketOf } from '../config/store-location.js';
import { DiskStore } from './disk-store.js';
import { StagingFolder } from './disk/staging-folder.js';
import type { FirmwareStore } from './firmware-store.js';
import { S3Calls } from './s3-store/s3-calls.js';
import { S3Store } from './s3-store/s3-store.js';

/** In DATA_DIR: uploads on their way to a bucket. */
const SCRATCH = 'uploads';

/** The store that FIRMWARE_STORE names: a folder or a bucket. */
export function storeOf({
  firmwareStore,
  bucketAccess,
  dataDir,
  download,
  limits,
}: StoreSettings): FirmwareStore {
  const location = bucketOf(firmwareStore);
  if (!location) {
    return new DiskStore(firmwareStore, download.baseUrl === null ? 'by-version' : 'by-content');
  }
  const calls = new S3Calls(location.bucket, bucketAccess, {
    connectMs: limits.bucketConnectMs,
    answerMs: limits.bucketAnswerMs,
    stallMs: limits.bucketStallMs,
  });
  const staging = new StagingFolder(
    join(dataDir, SCRATCH),
    'uploads in DATA_DIR',
    new Logger('FirmwareStore'),
  );
  return new S3Store(calls, location.prefix, staging);
}
