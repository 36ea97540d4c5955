import { get } from 'node:https';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const TLS = {
  TLS_CERT_FILE: 'test/fixtures/tls/localhost.crt',
  TLS_KEY_FILE: 'test/fixtures/tls/localhost.key',
};

function download(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    get(url, { headers, rejectUnauthorized: false, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }));
    }).on('error', reject);
  });
}

describe('a download over TLS from memory', () => {
  const image = someBytes(300_001);
  let database: TestDatabase;
  let app: TestApp;
  let url: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    const [{ id }] = (await database.query<{ id: string }>(
      `INSERT INTO firmware (device_type, version, build_number, filename, file_size, file_hash, binary_path, is_stable,
                             version_sort_key)
       VALUES ('sensor', '1.0.0', 1, 'f.bin', $1, $2, 'sensor/v1.0.0.bin', true, '1') RETURNING id`,
      [image.length, sha256(image)],
    )) as [{ id: string }];
    app = await startTestApp({ env: TLS, database });
    const folder = join(app.config.firmwareStore, 'sensor');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'v1.0.0.bin'), image);
    url = `${app.url}/api/ota/download/${id}`;
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('is whole, in many pieces', async () => {
    const { status, bytes } = await download(url);
    expect(status).toBe(200);
    expect(bytes.equals(image)).toBe(true);
  });

  it('is the range that was asked for, across pieces', async () => {
    for (const [from, to] of [
      [0, 0],
      [65_535, 65_536],
      [65_536, 131_071],
      [1, 300_000],
    ] as const) {
      const { status, bytes } = await download(url, { Range: `bytes=${from}-${to}` });
      expect(status).toBe(206);
      expect(bytes.equals(image.subarray(from, to + 1))).toBe(true);
    }
  });
});
