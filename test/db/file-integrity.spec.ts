import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { FileIntegrity, type RegisteredFile } from '../../src/firmware/integrity/file-integrity.js';
import { DiskFirmwareStore } from '../../src/firmware/store/disk-firmware-store.js';
import type { StoredFile } from '../../src/firmware/store/firmware-store.js';
import { someBytes } from '../support/http-client.js';

const FILE = someBytes(100_000);
const REGISTERED: RegisteredFile = {
  id: 7,
  binaryPath: 'sensor/v1.0.0.bin',
  fileSize: FILE.length,
  fileHash: createHash('sha256').update(FILE).digest('hex'),
};

/** Counts how often a file is read. */
class CountingStore extends DiskFirmwareStore {
  reads = 0;
  override read(file: StoredFile, take: (chunk: Buffer) => void): Promise<void> {
    this.reads++;
    return super.read(file, take);
  }
}

describe('the integrity of stored files', () => {
  let root: string;
  let path: string;
  let store: CountingStore;
  let integrity: FileIntegrity;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    root = await mkdtemp(join(tmpdir(), 'ota-test-integrity-'));
    path = join(root, REGISTERED.binaryPath);
    await mkdir(join(root, 'sensor'));
    await writeFile(path, FILE);
    store = new CountingStore(root);
    integrity = new FileIntegrity(store);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const openWhole = async (): Promise<string> => {
    try {
      const file = await integrity.openWhole(REGISTERED);
      await file?.handle.close();
      return file ? 'whole' : 'missing';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const flipOneBit = async (): Promise<void> => {
    const file = await open(path, 'r+');
    await file.write(Buffer.from([FILE[50_000]! ^ 1]), 0, 1, 50_000);
    await file.close();
  };

  it('reads a file once, for however many ask', async () => {
    expect(await Promise.all(Array.from({ length: 20 }, openWhole))).toEqual(Array(20).fill('whole'));
    expect(await openWhole()).toBe('whole');
    expect([store.reads, integrity.hasDamage]).toEqual([1, false]);
  });

  it('reads it again when it was written to, even if its time was set back', async () => {
    const long = new Date('2026-01-01');
    await utimes(path, long, long);
    expect(await openWhole()).toBe('whole');
    await flipOneBit();
    await utimes(path, long, long);
    expect(await openWhole()).toBe('FIRMWARE_FILE_DAMAGED');
    expect([store.reads, integrity.isDamaged(7), integrity.isDamaged(8)]).toEqual([2, true, false]);
  });

  it('finds a damage of bits that the file system does not know of when it is told to verify', async () => {
    await flipOneBit();
    await expect(integrity.verify(REGISTERED)).rejects.toMatchObject({ code: 'FIRMWARE_FILE_DAMAGED' });
    await expect(integrity.verify(REGISTERED)).rejects.toMatchObject({ code: 'FIRMWARE_FILE_DAMAGED' });
    expect(store.reads).toBe(2);
    expect(await openWhole()).toBe('FIRMWARE_FILE_DAMAGED');
    expect(store.reads).toBe(2);
  });

  it('takes a repaired file back: when verified, when asked for, or when it looks again', async () => {
    const repairs = [
      () => integrity.verify(REGISTERED),
      () => openWhole(),
      () => integrity.lookAgain(),
    ] as const;
    for (const look of repairs) {
      await flipOneBit();
      expect(await openWhole()).toBe('FIRMWARE_FILE_DAMAGED');
      await writeFile(path, FILE);
      await look();
      expect(integrity.isDamaged(7)).toBe(false);
    }
    await rm(path);
    expect([await openWhole(), integrity.isDamaged(7)]).toEqual(['missing', true]);
    await expect(integrity.verify(REGISTERED)).rejects.toMatchObject({ code: 'FIRMWARE_FILE_DAMAGED' });
    await writeFile(path, FILE);
    await integrity.lookAgain();
    expect(integrity.hasDamage).toBe(false);
  });

  it('does not read a damaged file again and again', async () => {
    await flipOneBit();
    for (let i = 0; i < 3; i++) {
      expect(await openWhole()).toBe('FIRMWARE_FILE_DAMAGED');
      await integrity.lookAgain();
    }
    expect(store.reads).toBe(1);
  });

  it('does not read a file of another size', async () => {
    await writeFile(path, FILE.subarray(1));
    expect([await openWhole(), store.reads]).toEqual(['FIRMWARE_FILE_DAMAGED', 0]);
  });

  it('takes the verdict of whoever has read the file anyway', async () => {
    const file = (await store.open(REGISTERED.binaryPath))!;
    await file.handle.close();
    integrity.record(REGISTERED, file.revision, true);
    expect([await openWhole(), store.reads]).toEqual(['whole', 0]);
    integrity.record(REGISTERED, file.revision, false);
    expect([await openWhole(), integrity.isDamaged(7)]).toEqual(['FIRMWARE_FILE_DAMAGED', true]);
  });
});
