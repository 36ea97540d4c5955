import { open, readFile, rename, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, type Answer } from '../../support/http-client.js';
import { rowOf, type Row } from '../lib/report.js';
import { bytesFor, Stage } from '../lib/stage.js';
import { Expectations } from './expectations.js';

export type Damage = 'removed' | 'one bit changed' | 'cut short' | 'replaced by a link to another file';

const IMAGE_BYTES = 200_000;
const RANGES = ['', 'bytes=0-99', 'bytes=100000-100099', 'bytes=-100'] as const;
const PLACE = 'sensor/v2.0.0.bin';
/** The first download may be the one that finds the damage. */
const ROUNDS = 5;

/** A stored file is damaged below a running server: nobody may ever be sent a wrong byte as if it were right. */
export async function damageFile(damage: Damage, cacheBytes: string): Promise<Row> {
  const stage = await Stage.start({ IMAGE_CACHE_BYTES: cacheBytes });
  const expect = new Expectations();
  const codes = new Set<string>();
  try {
    const image = bytesFor('release', IMAGE_BYTES);
    const id = await stage.publish(image);
    const path = await stage.downloadPath(1);
    const file = join(stage.store, PLACE);
    const download = async (when: string): Promise<void> => {
      for (const range of RANGES) {
        const headers: Record<string, string> = range === '' ? {} : { Range: range };
        const answer = await stage.client.send('GET', path, { headers });
        codes.add(codeOf(answer));
        expect.holds(`${when}, ${range || 'whole'}`, isRight(answer, image), codeOf(answer));
      }
    };
    await download('before');
    await damaged(file, damage);
    for (let round = 0; round < ROUNDS; round++) await download('damaged');
    const verified = await stage.client.admin('POST', `/firmware/${id}/verify`);
    expect.answers('the operator who has it verified', verified, '503 FIRMWARE_FILE_DAMAGED');
    for (let round = 0; round < ROUNDS; round++) await download('after it was found');
    const offered = await stage.client.check({ device_id: 2 });
    expect.holds('it is offered no longer', offered.body.update_available === false, offered.body);
    const { body: state } = await stage.client.admin('GET', '/store');
    if (damage === 'removed')
      expect.holds('the check of the store names it', JSON.stringify(state.missing).includes(PLACE), state);

    await unlink(file).catch(() => undefined);
    await writeFile(file, image);
    await stage.client.admin('POST', `/firmware/${id}/verify`);
    await eventually(async () => {
      const { body } = await stage.client.check({ device_id: 3 });
      if (body.firmware_id !== id) throw new Error(JSON.stringify(body));
    }).catch((error: unknown) => expect.holds('it is offered again once restored', false, String(error)));
    await download('restored');
    const where = cacheBytes === '0' ? 'read from disk' : 'served from memory';
    return rowOf(
      `stored file ${damage}, ${where}`,
      expect.tried,
      expect.faults,
      `answers ${[...codes].join(', ')}`,
    );
  } finally {
    await stage.close();
  }
}

const codeOf = ({ status, body }: Answer): string =>
  body ? `${status} ${String(body.code)}` : String(status);

/** Right bytes, or an error with a code. */
function isRight({ status, bytes, body, headers }: Answer, image: Buffer): boolean {
  if (status === 200) return bytes.equals(image);
  if (status === 206) {
    const [, start, end] = /^bytes (\d+)-(\d+)\//.exec(headers['content-range'] ?? '') ?? [];
    return bytes.equals(image.subarray(Number(start), Number(end) + 1));
  }
  return [404, 503].includes(status) && typeof body?.code === 'string';
}

async function damaged(file: string, damage: Damage): Promise<void> {
  if (damage === 'removed') await unlink(file);
  else if (damage === 'cut short') await truncate(file, IMAGE_BYTES - 1);
  else if (damage === 'one bit changed') await changeBit(file);
  else {
    const other = join(file, '../other.bin');
    const bytes = await readFile(file);
    await rename(file, other);
    await writeFile(other, Buffer.from(bytes).reverse());
    await symlink('other.bin', file);
  }
}

async function changeBit(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, 100_050);
  await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, 100_050);
  await file.close();
}
