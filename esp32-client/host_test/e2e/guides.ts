import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DONE, NEW_IMAGE, RESTART } from './device.js';
import type { Scene } from './stage.js';

const VERSION_AT = 0x30;
const VERSION_SIZE = 32;
const HASH_SIZE = 32;

/** An image as a build of this version: descriptor, checksum byte and appended SHA-256 are valid. */
function imageThatSays(version: string): Buffer {
  const image = readFileSync(NEW_IMAGE);
  const field = Buffer.alloc(VERSION_SIZE);
  field.write(version);
  const checksumAt = image.length - HASH_SIZE - 1;
  for (let i = 0; i < VERSION_SIZE; i++) {
    const before = image.readUInt8(VERSION_AT + i);
    image[checksumAt] = image.readUInt8(checksumAt) ^ before ^ field.readUInt8(i);
  }
  field.copy(image, VERSION_AT);
  const hashed = image.subarray(0, image.length - HASH_SIZE);
  createHash('sha256')
    .update(hashed)
    .digest()
    .copy(image, image.length - HASH_SIZE);
  return image;
}

/** Follows the integration guide and the CI guide: version.txt has 1.2.0+3, and `ota release` reads it. Expects exactly one update. */
export async function guidesFollowed({ server, device, url, proxy }: Scene): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ota-e2e-guides-'));
  try {
    writeFileSync(join(folder, 'scales.bin'), imageThatSays('1.2.0+3'));
    server.release(join(folder, 'scales.bin'));
    assert.deepEqual(await device.runToTheEnd(url), [RESTART, DONE]);
    for (let life = 0; life < 3; life++) assert.deepEqual(await device.runToTheEnd(url), [DONE]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  assert.equal(device.version, '1.2.0+3');
  const logs = await server.logs(device.id);
  assert.deepEqual(
    logs.map(({ status, error_message }) => [status, error_message]),
    [['success', null]],
  );
  const checks = [...proxy.requests.matchAll(/"current_version":"([^"]+)","current_build":(\d+)/g)];
  assert.deepEqual(checks.at(-1)?.slice(1), ['1.2.0+3', '3']);
}
