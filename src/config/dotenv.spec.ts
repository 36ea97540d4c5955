import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDotenv } from './dotenv.js';

describe('the file .env', () => {
  let folder: string;
  let before: string;

  beforeEach(() => {
    before = process.cwd();
    folder = mkdtempSync(join(tmpdir(), 'ota-test-dotenv-'));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(before);
    delete process.env['OTA_TEST_BOTH'];
    rmSync(folder, { recursive: true, force: true });
  });

  it('need not be there', () => {
    expect(readDotenv()).toEqual(process.env);
  });

  it('is read, the environment wins, and the environment stays as it is', () => {
    writeFileSync('.env', 'OTA_TEST_FILE="from the file"\nOTA_TEST_BOTH=from the file\n');
    process.env['OTA_TEST_BOTH'] = 'from the environment';
    expect(readDotenv()).toMatchObject({
      OTA_TEST_FILE: 'from the file',
      OTA_TEST_BOTH: 'from the environment',
    });
    expect(process.env['OTA_TEST_FILE']).toBeUndefined();
  });
});
