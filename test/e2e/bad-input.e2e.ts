import { connect } from 'node:net';
import { readdir } from 'node:fs/promises';
import { Client, multipart, someBytes, type Answer } from '../support/http-client.js';
import { eachRepresentative } from '../support/samples.js';
import { LANES_OF_RUN, startTestApp, type TestApp } from '../support/test-app.js';

const FILE = someBytes(100);
const BIG = 2 ** 53;
const CHECK = { device_id: 1, device_type: 'sensor', current_version: '1.0.0', current_build: 1 };
const REPORT = { device_id: 1, firmware_id: 1, status: 'downloading' };
const REGISTER = {
  device_type: 'sensor',
  version: '1.0.1',
  build_number: 9,
  filename: 'f.bin',
  file_size: 100,
  file_hash: 'a'.repeat(64),
  binary_path: 'sensor/v1.0.0.bin',
};
const ESCAPES = [
  '../x',
  '/etc/passwd',
  '..',
  'a/../../b',
  'a\\..\\b',
  'a\0b',
  '．．/x',
  'a\u202Eb',
  'a\nb',
  ' ',
  '',
];
const NO_ID = [0, -1, 1.5, BIG, 1e300, '1', true, null, [1], { a: 1 }, undefined];

describe.each(LANES_OF_RUN)('bad input gets a clear error and changes nothing, %s', (_way, env) => {
  let app: TestApp;
  let client: Client;
  let before: unknown;

  const state = async () => ({
    firmware: await app.database.query('SELECT * FROM firmware ORDER BY id'),
    logs: await app.database.query('SELECT * FROM device_ota_log ORDER BY id'),
    devices: await app.database.query('SELECT * FROM device ORDER BY id'),
    files: (await readdir(app.config.firmwareStore, { recursive: true })).sort(),
  });
  const expectProblem = (answer: Answer, status: number, code: string) => {
    expect([answer.status, answer.body?.code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      type: 'about:blank',
      title: expect.any(String),
      status,
      detail: expect.any(String),
      request_id: answer.headers['x-request-id'],
    });
  };

  beforeAll(async () => {
    app = await startTestApp({ env, limits: { bodyTimeoutMs: 300 } });
    client = new Client(app);
    await client.publish(FILE);
    before = await state();
  });
  afterEach(async () => {
    expect(await state()).toEqual(before);
  });
  afterAll(() => app.close());

  const faults = (field: string, values: readonly unknown[]) =>
    values.map((value) => [field, value] as const);

  eachRepresentative([
    ...faults('device_id', NO_ID),
    ...faults('device_type', [...ESCAPES, 'a'.repeat(51), 5, null, '-a', '.a', 'a b']),
    ...faults('current_version', ['', 'a'.repeat(33), 1, null, ['1.0.0']]),
    ...faults('current_build', [-1, 0.5, 2 ** 31, '1', null, undefined]),
  ])('check with %s %j', async (field, value) => {
    const answer = await client.send('POST', '/api/ota/check', { body: { ...CHECK, [field]: value } });
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(Object.keys(answer.body.errors as object)).toEqual([field]);
  });

  eachRepresentative([
    ['check', { device_id: '123' }, 'device_id must be a whole number: send 123 without quotes'],
    [
      'check',
      { device_id: 'aa:bb:cc:dd:ee:ff' },
      'device_id must be a whole number: send the MAC address aa:bb:cc:dd:ee:ff as 187723572702975',
    ],
    [
      'check',
      { device_id: 'AABBCCDDEEFF' },
      'device_id must be a whole number: send the MAC address AABBCCDDEEFF as 187723572702975',
    ],
    ['check', { device_id: 'x' }, 'device_id must be a whole number, not a text'],
    ['check', { device_id: 1.5 }, 'device_id must be a whole number, not 1.5'],
    ['check', { device_id: null }, 'device_id must be a whole number, not null'],
    ['check', { device_id: true }, 'device_id must be a whole number, not true'],
    ['check', { device_id: [1] }, 'device_id must be a single value'],
    ['check', { device_id: 0 }, 'device_id must not be less than 1'],
    ['check', { device_id: undefined }, 'device_id is missing'],
    ['check', { current_version: 1 }, 'current_version must be a text in quotes, not a number'],
    ['check', { current_version: 1.2 }, 'current_version must be a text in quotes, not 1.2'],
    ['check', { current_version: undefined }, 'current_version is missing'],
    ['check', { current_build: '2' }, 'current_build must be a whole number: send 2 without quotes'],
    ['check', { device_type: 5 }, 'device_type must be a text in quotes, not a number'],
    ['status', { status: undefined }, 'status is missing'],
    ['status', { bytes_downloaded: '1' }, 'bytes_downloaded must be a whole number: send 1 without quotes'],
  ])('%s with %j is told in one sentence', async (path, fields, sentence) => {
    const whole = path === 'check' ? CHECK : REPORT;
    const answer = await client.send('POST', `/api/ota/${path}`, { body: { ...whole, ...fields } });
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(answer.body.detail).toBe(`${sentence}.`);
    expect(answer.body.errors).toEqual({ [Object.keys(fields)[0] ?? '']: [sentence] });
  });

  it('tells where a body stops being JSON', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await client.send('POST', '/api/ota/check', { body: '{\n "device_id": }', headers });
    expectProblem(answer, 400, 'MALFORMED_JSON');
    expect(answer.body.detail).toBe('The body is not valid JSON at line 2, column 15: expected a value.');
  });

  eachRepresentative([
    ['limit=x', 'limit must be a whole number.'],
    ['limit=1001', 'limit must not be greater than 1000.'],
    ['limit=1&limit=2', 'limit must be a single value.'],
  ])('list with %s is told in one sentence', async (query, detail) => {
    expect((await client.admin('GET', `/firmware?${query}`)).body.detail).toBe(detail);
  });

  eachRepresentative([
    ...faults('device_id', NO_ID),
    ...faults('firmware_id', NO_ID),
    ...faults('status', ['done', 'SUCCESS', '', 1, null, undefined, ['success']]),
    ...faults('bytes_downloaded', [-1, 0.5, BIG, '1', true]),
    ...faults('error_message', [{ a: 1 }, ['x']]),
  ])('report with %s %j', async (field, value) => {
    const answer = await client.send('POST', '/api/ota/status', { body: { ...REPORT, [field]: value } });
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(Object.keys(answer.body.errors as object)).toEqual([field]);
  });

  eachRepresentative([
    ...faults('device_type', [...ESCAPES, undefined]),
    ...faults('version', [
      ...ESCAPES,
      'v1.0.0',
      '1.0',
      '01.0.0',
      '1.0.0+5',
      `1.0.0-${'a'.repeat(30)}`,
      1,
      undefined,
    ]),
    ...faults('build_number', [0, -1, 1.5, 2 ** 31, '1', null, undefined]),
    ...faults('filename', [
      '../f.bin',
      'a/b',
      'a\\b',
      'a\r\nX: 1',
      'a\0',
      '',
      '.',
      'x\u202Enib',
      'a'.repeat(256),
      undefined,
    ]),
    ...faults('file_size', [0, -1, 1.5, '100', undefined]),
    ...faults('file_hash', ['a'.repeat(63), 'g'.repeat(64), '', 1, undefined]),
    ...faults('description', ['a\0b', 5, 'a'.repeat(10_001), '\ud800']),
    ...faults('is_stable', ['true', 1, null]),
    ...faults('min_current_version', ['v1.0.0', 'x', '', 1]),
    ...faults('unknown_field', [1]),
    ...faults('constructor', ['x']),
  ])('register with %s %j', async (field, value) => {
    const answer = await client.admin('POST', '/firmware', { body: { ...REGISTER, [field]: value } });
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(Object.keys(answer.body.errors as object)).toEqual([field]);
  });

  eachRepresentative(ESCAPES.filter((path) => path !== '' && path !== 'a\nb'))(
    'register with binary_path %j',
    async (path) => {
      const answer = await client.admin('POST', '/firmware', { body: { ...REGISTER, binary_path: path } });
      expect(answer.status).toBe(400);
      expect(answer.body.code).toMatch(/^FIRMWARE_(PATH_INVALID|FILE_MISSING)$/);
    },
  );

  eachRepresentative([
    ['PATCH', { is_stable: null }],
    ['PATCH', { is_active: 'no' }],
    ['PATCH', { version: '2.0.0' }],
    ['PATCH', '{"__proto__": {"is_stable": true}}'],
    ['PATCH', []],
    ['PATCH', 'null'],
    ['PATCH', '5'],
  ])('%s with %j', async (method, body) => {
    const headers = { 'Content-Type': 'application/json' };
    expectProblem(await client.admin(method, '/firmware/1', { body, headers }), 400, 'VALIDATION_FAILED');
  });

  eachRepresentative(['0', '-1', '1.5', 'abc', '9007199254740992', '1e3', '%00', '../1'.replace('/', '%2F')])(
    'firmware id %s',
    async (id) => {
      expectProblem(await client.admin('GET', `/firmware/${id}`), 400, 'VALIDATION_FAILED');
      expectProblem(await client.send('GET', `/api/ota/download/${id}`), 400, 'VALIDATION_FAILED');
    },
  );

  eachRepresentative([
    'skip=-1',
    'skip=x',
    'limit=0',
    'limit=1001',
    'limit=1&limit=2',
    'limit=1.5',
    'colour=red',
    'device_type=../x',
  ])('list with %s', async (query) => {
    expectProblem(await client.admin('GET', `/firmware?${query}`), 400, 'VALIDATION_FAILED');
  });

  eachRepresentative([
    'device_id=0',
    'device_id=9007199254740992',
    'status=done',
    'firmware_id=',
    'skip=-1',
    'x=1',
  ])('logs with %s', async (query) => {
    expectProblem(await client.admin('GET', `/logs?${query}`), 400, 'VALIDATION_FAILED');
  });

  eachRepresentative([
    ...ESCAPES.flatMap((text) => [
      { device_type: text, version: '1.0.0' },
      { device_type: 'sensor', version: text },
    ]),
    { device_type: 'sensor' },
    { version: '1.0.0' },
    { device_type: 'sensor', version: '1.0.0', unknown: '1' },
    { 'device_type[x]': 'sensor', version: '1.0.0' },
  ])('upload with %j', async (fields) => {
    expectProblem(await client.upload(FILE, fields), 400, 'VALIDATION_FAILED');
  });

  eachRepresentative(['a%0D%0AX-Injected: 1.bin', 'nib.\u202Eexe', 'a%0Ab.bin'])(
    'upload of a file named %j',
    async (name) => {
      expectProblem(await client.upload(FILE, undefined, name), 400, 'VALIDATION_FAILED');
    },
  );

  it('upload of an empty file, of no file, of another part, of two files, of half a form', async () => {
    const fields = { device_type: 'sensor', version: '1.0.0' };
    expectProblem(await client.upload(Buffer.alloc(0), fields), 400, 'FIRMWARE_FILE_EMPTY');
    const post = ({ body, type }: { body: Buffer; type: string }) =>
      client.admin('POST', '/upload?device_type=sensor&version=1.0.0', {
        body,
        headers: { 'Content-Type': type },
      });
    const file = { name: 'file', filename: 'f.bin', content: FILE };
    expectProblem(await post(multipart([{ name: 'x', content: 'y' }])), 400, 'UPLOAD_FILE_MISSING');
    expectProblem(await post(multipart([])), 400, 'UPLOAD_FILE_MISSING');
    expectProblem(await post(multipart([{ ...file, name: 'image' }])), 400, 'UPLOAD_FILE_MISSING');
    expectProblem(await post(multipart([file, file])), 400, 'UPLOAD_MALFORMED');
    const { body, type } = multipart([file]);
    expectProblem(await post({ body: body.subarray(0, -20), type }), 400, 'UPLOAD_MALFORMED');
    expectProblem(await post({ body, type: 'multipart/form-data' }), 400, 'UPLOAD_MALFORMED');
    expectProblem(await post({ body, type: 'application/octet-stream' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  describe.each(['/api/ota/check', '/api/ota/status', '/api/auth/login'])('%s', (path) => {
    const post = (body: string | Buffer, type = 'application/json') =>
      client.send('POST', path, { body, headers: { 'Content-Type': type } });

    eachRepresentative(['{', '{"device_id":}', "{'a':1}", '\xff\xfe'])('malformed JSON %j', async (text) => {
      expectProblem(await post(Buffer.from(text, 'latin1')), 400, 'MALFORMED_JSON');
    });
    eachRepresentative(['null', '[]', '5', '"text"', ''])('no object: %j', async (text) => {
      expectProblem(await post(text), 400, 'VALIDATION_FAILED');
    });
    it('a deep nest', async () => {
      expectProblem(await post(`{"a":${'['.repeat(4000)}${']'.repeat(4000)}}`), 400, 'VALIDATION_FAILED');
    });
    it('more than 8 KiB', async () => {
      expectProblem(await post(JSON.stringify({ a: 'x'.repeat(8192) })), 413, 'BODY_TOO_LARGE');
    });
    eachRepresentative(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])(
      '%s',
      async (type) => {
        expectProblem(await post(JSON.stringify(CHECK), type), 415, 'UNSUPPORTED_MEDIA_TYPE');
      },
    );
    it('a body that never ends', async () => {
      const { hostname, port } = new URL(app.url);
      const text = await new Promise<string>((resolve) => {
        const socket = connect(Number(port), hostname);
        let received = '';
        socket.on('data', (chunk) => (received += chunk.toString()));
        socket.on('close', () => {
          resolve(received);
        });
        socket.on('error', () => undefined);
        socket.write(
          `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
        );
      });
      expect(text).toMatch(/^HTTP\/1.1 408 /);
      expect(text).toContain('"code":"BODY_TIMEOUT"');
    });
  });

  it('a deep nest in an admin body of a megabyte', async () => {
    const body = `{"description":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
    const headers = { 'Content-Type': 'application/json' };
    expectProblem(await client.admin('PATCH', '/firmware/1', { body, headers }), 400, 'VALIDATION_FAILED');
  });

  eachRepresentative([
    ['GET', '/api'],
    ['GET', '/api/ota/nothing'],
    ['POST', '/api/ota/download/1/2'],
  ])('%s %s is not there', async (method, path) => {
    expectProblem(await client.send(method, path), 404, 'NOT_FOUND');
  });
});

describe('what is not bad input', () => {
  let app: TestApp;
  let client: Client;
  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
  });
  afterAll(() => app.close());

  it('the largest device id, and fields of newer devices', async () => {
    const { body } = await client.publish(FILE);
    const device = { device_id: 2 ** 53 - 1, battery_percent: 80, nested: { a: [1] } };
    expect((await client.check({ ...device, current_version: '0.9.0' })).body.firmware_id).toBe(body.id);
    const report = await client.report({
      ...device,
      firmware_id: body.id,
      status: 'downloading',
      bytes_downloaded: 2 ** 53 - 1,
    });
    expect(report.status).toBe(200);
    const logs = await client.admin('GET', `/logs?device_id=${2 ** 53 - 1}`);
    expect(logs.body).toEqual([
      expect.objectContaining({ device_id: 2 ** 53 - 1, bytes_downloaded: 2 ** 53 - 1 }),
    ]);
  });

  eachRepresentative([-28672, 0, true, false, 1.5])(
    'an error_message that is %j, which is kept as text',
    async (value) => {
      const { body } = await client.check({ device_id: 77, current_version: '0.9.0' });
      const firmware_id = (body as { firmware_id: number }).firmware_id;
      const report = { device_id: 77, firmware_id, status: 'failed', error_message: value };
      expect((await client.report({ ...report, status: 'downloading' })).status).toBe(200);
      expect((await client.report(report)).status).toBe(200);
      const logs = await client.admin('GET', '/logs?device_id=77&limit=1');
      expect(logs.body).toEqual([
        expect.objectContaining({ status: 'failed', error_message: String(value) }),
      ]);
    },
  );

  eachRepresentative(['UTF8', 'utf-8', '"utf-8"', 'Utf8'])('charset=%s', async (charset) => {
    const headers = { 'Content-Type': `application/json; charset=${charset}` };
    for (const path of ['/api/ota/check', '/api/ota/check/']) {
      const answer = await client.send('POST', path, { body: JSON.stringify(CHECK), headers });
      expect(answer.status).toBe(200);
    }
    const login = JSON.stringify({ username: 'a', password: 'b' });
    expect((await client.send('POST', '/api/auth/login', { body: login, headers })).status).toBe(401);
  });

  it('faulty optional fields of a check, which are dropped and counted', async () => {
    const faulty = {
      boot_id: 'x',
      elf_sha256: 5,
      attributes: { A: 1 },
      check_interval: 0,
      accepts_downgrade: 1,
    };
    for (const path of ['/api/ota/check', '/api/ota/check/']) {
      for (const more of [faulty, { boot_id: 5, attributes: { chip: 'ESP32' } }]) {
        const answer = await client.send('POST', path, { body: { ...CHECK, ...more } });
        expect(answer.status).toBe(200);
      }
    }
    const metrics = (await client.send('GET', '/metrics')).bytes.toString();
    for (const field of Object.keys(faulty)) {
      expect(metrics).toContain(`ota_check_fields_dropped_total{field="${field}"} 2\n`);
    }
  });

  it('JSON without a Content-Type, as the smallest clients send it', async () => {
    const answer = await client.send('POST', '/api/ota/check', { body: JSON.stringify(CHECK) });
    expect(answer.status).toBe(200);
  });
});
