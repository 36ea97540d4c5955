import { createHash, generateKeyPairSync } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFile } from '../src/domain/esp-image/file-reader.js';
import { anEspImage } from '../test/support/esp-image-builder.js';

/** What it costs to judge an image of 16 MiB, against the SHA-256 of the same file in the same process, in turns. */
const MIB = 1024 * 1024;
const ROUNDS = 15;

const folder = mkdtempSync(join(tmpdir(), 'ota-bench-'));
try {
  const key = generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey;
  const image = anEspImage().size(16 * MIB - 64 * 1024);
  for (const [name, bytes] of [
    ['unsigned', image.build()],
    ['signed, so read twice', image.signedWith(key).build()],
  ] as const) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    process.stdout.write(`${await compare(name, path)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(name: string, path: string): Promise<string> {
  const read = (length = Infinity): AsyncIterable<Buffer> =>
    createReadStream(path, { end: length - 1, highWaterMark: 64 * 1024 });
  const hashed = async (): Promise<void> => {
    const hash = createHash('sha256');
    for await (const chunk of read()) hash.update(chunk);
    hash.digest();
  };
  const inspected = async (): Promise<void> => {
    const { verdict } = await readFile(read);
    if (verdict.kind !== 'application') throw new Error(`The image is no good: ${JSON.stringify(verdict)}`);
  };
  // So that what reading and hashing a file takes by itself is there before memory is looked at.
  for (let round = 0; round < ROUNDS; round++) await hashed();
  await inspected();
  const times: Record<'hash' | 'inspect', number[]> = { hash: [], inspect: [] };
  const before = process.memoryUsage().rss;
  let peak = before;
  for (let round = 0; round < ROUNDS; round++) {
    times.hash.push(await time(hashed));
    times.inspect.push(await time(inspected));
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  const [hash, inspect] = [median(times.hash), median(times.inspect)];
  return (
    `${name.padEnd(22)} SHA-256 ${hash.toFixed(1)} ms, judged ${inspect.toFixed(1)} ms: ` +
    `${(inspect / hash).toFixed(2)} times; +${((peak - before) / MIB).toFixed(1)} MiB`
  );
}

async function time(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
