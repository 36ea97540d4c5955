import { parse } from 'csv-parse/sync';
import pg from 'pg';
import { Client, eventually, someBytes, type Answer } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const MAC = '24:6f:28:03:7e:51';
const MAC_ID = 0x246f28037e51;

describe('the fleet', () => {
  let app: TestApp;
  let client: Client;

  const list = (query = '', headers: Record<string, string> = {}): Promise<Answer> =>
    client.admin('GET', `/devices${query}`, { headers });
  const idsOf = (answer: Answer): number[] =>
    (answer.body as { device_id: number }[]).map(({ device_id }) => device_id);
  const found = async (q: string): Promise<number[]> =>
    idsOf(await list(`?q=${encodeURIComponent(q)}&sort=device_id`));
  const countOnRecord = async (ids: readonly number[] | null): Promise<number> => {
    const [row] = await app.database.query<{ count: number }>(
      'SELECT count(*)::int FROM device WHERE $1::bigint[] IS NULL OR id = ANY($1)',
      [ids],
    );
    return row!.count;
  };
  /** Resolves when they are on record. */
  const checkIn = async (ids: readonly number[], question: object = {}): Promise<void> => {
    for (const device_id of ids) await client.check({ device_id, ...question });
    await eventually(async () => expect(await countOnRecord(ids)).toBe(ids.length));
  };
  const expectExactTotal = (): Promise<void> =>
    eventually(async () => {
      expect((await list()).headers['x-total-count']).toBe(String(await countOnRecord(null)));
    });

  beforeAll(async () => {
    app = await startTestApp({ limits: { fleetLookMs: 50 } });
    client = new Client(app);
    await client.publish(someBytes(100), { version: '1.1.0', build_number: 2 });
    await checkIn([1, 2, 3], { current_version: '1.1.0', current_build: 2 });
    await checkIn([4, 5]);
    await checkIn([MAC_ID], { device_type: 'lamp' });
    await app.database.query('UPDATE device SET own_attributes = $1 WHERE id = $2', [
      { chip: 'ESP32', rssi: -61 },
      MAC_ID,
    ]);
  });
  afterAll(() => app.close());

  it('lists every device as it is', async () => {
    const answer = await list('?sort=device_id');
    expect(answer).toMatchObject({ status: 200, headers: { 'x-total-count': '6' } });
    expect(answer.headers['x-next']).toBeUndefined();
    expect(idsOf(answer)).toEqual([1, 2, 3, 4, 5, MAC_ID]);
    expect(answer.body[3]).toEqual({
      device_id: 4,
      name: null,
      device_type: 'sensor',
      version: '1.0.0',
      build_number: 1,
      channel: 'stable',
      tags: [],
      attributes: {},
      notes: null,
      status: 'waiting',
      desired_version: '1.1.0',
      reason: null,
      identity: 'none',
      check_interval: null,
      first_seen_at: expect.stringMatching(/Z$/),
      last_seen_at: expect.stringMatching(/Z$/),
    });
    expect(answer.body[0]).toMatchObject({
      status: 'up_to_date',
      reason: 'up_to_date',
      desired_version: null,
    });
  });

  it.each([
    'last_seen_at',
    '-last_seen_at',
    'name',
    '-name',
    'version',
    '-version',
    'check_interval',
    '-check_interval',
    'status',
    '-reason',
    'device_type',
    '-build_number',
    'channel',
    'identity',
    '-first_seen_at',
    '-device_id',
  ])('is gone through in pages sorted by %s, without a gap or a device twice', async (sort) => {
    await client.admin('PATCH', '/devices/2', { body: { name: 'Zürich' } });
    await client.admin('PATCH', '/devices/4', { body: { name: 'berlin' } });
    const whole = idsOf(await list(`?sort=${sort}`));
    const paged: number[] = [];
    let after = '';
    do {
      const page = await list(`?sort=${sort}&limit=2${after}`);
      expect(page.headers['x-total-count']).toBe('6');
      paged.push(...idsOf(page));
      const next = page.headers['x-next'];
      after = typeof next === 'string' ? `&after=${next}` : '';
    } while (after !== '');
    expect(paged).toEqual(whole);
    expect([...whole].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, MAC_ID]);
    expect(idsOf(await list(`?sort=${sort}&limit=2&skip=2`))).toEqual(whole.slice(2, 4));
  });

  it('keeps the order of a cursor that is sent alone, and counts what a filter finds once', async () => {
    const first = await list('?q=type%3Asensor&sort=-device_id&limit=2');
    expect([idsOf(first), first.headers['x-total-count']]).toEqual([[5, 4], '5']);
    const rest = await list(`?q=type%3Asensor&after=${String(first.headers['x-next'])}`);
    expect([idsOf(rest), rest.headers['x-total-count']]).toEqual([[3, 2, 1], '5']);
    expect(rest.headers['x-next']).toBeUndefined();
  });

  it('counts what a filter finds anew for each first page and each summary, which bulk changes expect', async () => {
    const total = async (): Promise<unknown[]> => {
      const { headers } = await list('?q=tag%3Afresh');
      const { body } = await client.admin('GET', '/devices/summary?q=tag%3Afresh');
      return [headers['x-total-count'], (body as { total: number }).total];
    };
    const tag = async (tags: string[]): Promise<void> => {
      expect((await client.admin('PATCH', '/devices/2', { body: { tags } })).status).toBe(200);
    };
    expect(await total()).toEqual(['0', 0]);
    await tag(['fresh']);
    expect(await total()).toEqual(['1', 1]);
    await tag([]);
    expect(await total()).toEqual(['0', 0]);
  });

  it.each([
    ['?sort=tags', /sort must be one of device_id/],
    ['?sort=constructor', /sort must be one of/],
    ['?sort=name;DROP+TABLE+device', /sort must be one of/],
    ['?after=x', /after is not what X-Next/],
    ['?after=', /after/],
    [`?after=${'x'.repeat(1_001)}`, /after/],
    [`?after=${Buffer.from('["name",0,"\\u0000",1,1]').toString('base64url')}`, /after is not/],
    [`?after=${Buffer.from('["last_seen_at",1,"x",1,1]').toString('base64url')}`, /after is not/],
    [`?sort=name&after=${Buffer.from('["last_seen_at",1,5,1,1]').toString('base64url')}`, /sorted otherwise/],
    [`?skip=1&after=${Buffer.from('["last_seen_at",1,5,1,1]').toString('base64url')}`, /exclude/],
    ['?limit=1001', /limit/],
    ['?q=a&q=b', /q must be/],
    ['?unknown=1', /unknown is not known/],
  ])('refuses %s', async (query, detail) => {
    expect(await list(query)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', detail: expect.stringMatching(detail) },
    });
  });

  it.each(['typ:x', '(', 'x'.repeat(10_000), '"', 'version:<abc'])(
    'refuses a filter that is none with its place: %s',
    async (q) => {
      for (const path of ['/devices', '/devices/summary']) {
        const answer = await client.admin('GET', `${path}?q=${encodeURIComponent(q)}`);
        expect(answer).toMatchObject({ status: 400, body: { code: 'FILTER_INVALID' } });
        expect(answer.body.detail).toMatch(/At character \d+/);
      }
    },
  );

  it('finds any place that a cursor names, though nobody was there', async () => {
    const made = (...parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
    for (const cursor of [
      made('last_seen_at', 1, -9007199254740991, 1, 0),
      made('last_seen_at', 0, 9007199254740991, 1, 0),
      made('build_number', 0, 9007199254740991, 1, 0),
      made('name', 0, 'ÿ'.repeat(90), 9007199254740991, 0),
      made('check_interval', 1, null, 1, 0),
    ]) {
      expect((await list(`?after=${cursor}`)).status).toBe(200);
    }
  });

  it('counts the devices by status, version and day', async () => {
    await eventually(async () => {
      const { body } = await client.admin('GET', '/devices/summary');
      expect(body).toMatchObject({ total: 6, by_status: { up_to_date: 3, waiting: 2, unknown: 1 } });
      expect(body.by_version).toEqual([
        { device_type: 'sensor', version: '1.1.0', build_number: 2, devices: 3 },
        { device_type: 'sensor', version: '1.0.0', build_number: 1, devices: 2 },
        { device_type: 'lamp', version: '1.0.0', build_number: 1, devices: 1 },
      ]);
      expect(body.by_day).toHaveLength(30);
      const today = body.by_day[29] as { day: string; first_seen: number; last_seen: number };
      expect(today).toMatchObject({
        day: new Date().toISOString().slice(0, 10),
        first_seen: 6,
        last_seen: 6,
      });
    });
    const { body } = await client.admin('GET', '/devices/summary?q=type%3Alamp');
    expect(body).toMatchObject({ total: 1, by_status: { unknown: 1 } });
  });

  it('is in the metrics', async () => {
    await eventually(async () => {
      const text = (await client.send('GET', '/metrics')).bytes.toString();
      expect(text).toContain('ota_devices{device_type="sensor",version="1.1.0",status="up_to_date"} 3');
      expect(text).toContain('ota_devices{device_type="sensor",version="1.0.0",status="waiting"} 2');
    });
  });

  it('is exported as CSV, in which nothing is a formula', async () => {
    await client.admin('PATCH', '/devices/1', {
      body: {
        name: '=HYPERLINK("x")',
        tags: ['a', 'b'],
        attributes: { rssi: -3 },
        notes: '+1, "two"\nlines',
      },
    });
    const answer = await list('', { Accept: 'text/csv' });
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': expect.stringMatching('^text/csv; charset=utf-8') },
    });
    const rows = parse<Record<string, string>>(answer.bytes.toString(), { columns: true });
    expect(rows.map(({ device_id }) => Number(device_id))).toEqual([1, 2, 3, 4, 5, MAC_ID]);
    expect(rows[0]).toMatchObject({
      name: `'=HYPERLINK("x")`,
      tags: 'a b',
      attributes: '{"rssi":-3}',
      notes: `'+1, "two"\nlines`,
    });
    expect(rows[5]).toMatchObject({ device_id: String(MAC_ID), mac: MAC, status: 'unknown' });
    const some = await list('?q=status%3Awaiting', { Accept: 'text/csv' });
    expect(parse(some.bytes.toString(), { columns: true })).toHaveLength(2);
    const none = await list('?q=tag%3Anone', { Accept: 'text/csv' });
    expect(none.bytes.toString()).toBe(`${Object.keys(rows[0]!).join()}\r\n`);
    expect((await list('?q=typ%3Ax', { Accept: 'text/csv' })).body).toMatchObject({ code: 'FILTER_INVALID' });
  });

  it('is imported from the very table that it was exported to', async () => {
    const operators = (): Promise<unknown> =>
      app.database.query('SELECT id, operator_attributes FROM device ORDER BY id');
    const theirs = await operators();
    const csv = (await list('', { Accept: 'text/csv' })).bytes.toString();
    const before = (await list('?sort=device_id')).body;
    expect(await client.admin('POST', '/devices/import', { body: { csv } })).toMatchObject({
      status: 200,
      body: { changed: 6 },
    });
    expect((await list('?sort=device_id')).body).toEqual(before);
    expect(await operators()).toEqual(theirs);
    const edited = csv.replace('""rssi"":-61', '""rssi"":-50,""floor"":2');
    await client.admin('POST', '/devices/import', { body: { csv: edited } });
    expect((await client.admin('GET', `/devices/${MAC_ID}`)).body.attributes).toEqual({
      chip: 'ESP32',
      rssi: -50,
      floor: 2,
    });
    const back = await client.admin('POST', '/devices/import', { body: { csv } });
    expect(back.status).toBe(200);
    const bad = await client.admin('POST', '/devices/import', {
      body: { csv: 'id,attributes\n1,chip=2\n' },
    });
    expect(bad.body.errors).toEqual({
      'line 2': ['attributes must be a JSON object of attributes, as an export has it.'],
    });
    await app.database.query('UPDATE device SET operator_attributes = NULL WHERE id = $1', [MAC_ID]);
  });

  it('is found by its parts', async () => {
    await client.admin('PATCH', '/devices/4', { body: { name: 'Berlin 3' } });
    expect(await found(`id:${MAC}`)).toEqual([MAC_ID]);
    expect(await found('type:sensor build:>=2')).toEqual([1, 2, 3]);
    expect(await found('chip:ESP32 OR id:1..2')).toEqual([1, 2, MAC_ID]);
    expect(await found('-status:up_to_date')).toEqual([4, 5, MAC_ID]);
    expect(await found('berlin')).toEqual([4]);
  });

  describe('a device', () => {
    const get = (id: number | string): Promise<Answer> => client.admin('GET', `/devices/${id}`);
    const patch = (id: number | string, body: unknown): Promise<Answer> =>
      client.admin('PATCH', `/devices/${id}`, { body });

    it('is found by its id or its MAC address', async () => {
      for (const id of [MAC_ID, MAC, MAC.replaceAll(':', '-')])
        expect(await get(id)).toMatchObject({
          status: 200,
          body: { device_id: MAC_ID, device_type: 'lamp' },
        });
      expect(await get(99)).toMatchObject({ status: 404, body: { code: 'DEVICE_NOT_FOUND' } });
      for (const id of ['0', 'x', '9007199254740992', '-1'])
        expect(await get(id)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    });

    it('is changed in what is sent alone, and null removes', async () => {
      const all = { name: 'Munich 7', tags: ['b', 'a'], channel: 'beta', notes: 'Loose' };
      const first = await patch(MAC, { ...all, attributes: { chip: 'mine', floor: 3 } });
      const told = { ...all, tags: ['a', 'b'] };
      expect(first).toMatchObject({
        status: 200,
        body: { ...told, attributes: { chip: 'mine', floor: 3, rssi: -61 } },
      });
      const second = await patch(MAC, { attributes: { chip: null }, name: null });
      expect(second.body).toMatchObject({
        ...told,
        name: null,
        attributes: { chip: 'ESP32', floor: 3, rssi: -61 },
      });
      const third = await patch(MAC, { attributes: null, tags: null, channel: null, notes: null });
      expect(third.body).toMatchObject({ tags: [], channel: 'stable', notes: null });
      expect(third.body.attributes).toEqual({ chip: 'ESP32', rssi: -61 });
      expect(await patch(98, { name: 'x' })).toMatchObject({
        status: 404,
        body: { code: 'DEVICE_NOT_FOUND' },
      });
    });

    it.each([
      [{ name: '' }, 'name'],
      [{ name: 'x'.repeat(101) }, 'name'],
      [{ tags: ['Upper'] }, 'tags'],
      [{ tags: 'a' }, 'tags'],
      [{ tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }, 'tags'],
      [{ channel: 'a b' }, 'channel'],
      [{ attributes: { 'a.b': 1 } }, 'attributes'],
      [{ attributes: { a: [1] } }, 'attributes'],
      [{ notes: 'x'.repeat(2_001) }, 'notes'],
      [{ device_type: 'lamp' }, 'device_type'],
      [{ status: 'blocked' }, 'status'],
    ])('is not changed to %j', async (body, field) => {
      const before = (await get(3)).body;
      const answer = await patch(3, body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
      expect(Object.keys(answer.body.errors as object)).toEqual([field]);
      expect((await get(3)).body).toEqual(before);
    });

    it('has at most 20 attributes of operators, however they came together', async () => {
      const some = (from: number) =>
        Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`a${from + n}`, n]));
      expect((await patch(3, { attributes: some(0) })).status).toBe(200);
      expect(await patch(3, { attributes: some(10) })).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED', detail: expect.stringContaining('at most 20') },
      });
      expect((await patch(3, { attributes: null })).body.attributes).toEqual({});
    });

    it('that is forgotten goes with its attempts, and is a new one at its next check', async () => {
      const question = { device_id: 900, current_version: '0.9.0' };
      await checkIn([900], question);
      const { body: offer } = await client.check(question);
      await client.report({ device_id: 900, firmware_id: offer.firmware_id, status: 'failed' });
      await patch(900, { name: 'Old' });
      const logs = (): Promise<Answer> => client.admin('GET', '/logs?device_id=900');
      expect((await logs()).body).toHaveLength(1);
      expect(await client.admin('DELETE', '/devices/900')).toMatchObject({
        status: 200,
        body: { success: true },
      });
      expect((await logs()).body).toEqual([]);
      expect((await get(900)).status).toBe(404);
      await expectExactTotal();
      expect((await client.admin('DELETE', '/devices/900')).status).toBe(404);
      // It says the very same again.
      await eventually(async () => {
        await client.check(question);
        expect((await get(900)).body).toMatchObject({ device_id: 900, name: null, version: '0.9.0' });
      });
      expect((await client.admin('DELETE', '/devices/900')).status).toBe(200);
    });

    it('that is forgotten is so to all servers, and keeps what was revoked and blocked', async () => {
      const other = await startTestApp({ database: app.database });
      const elsewhere = new Client(other);
      const question = { device_id: 901 };
      await elsewhere.check(question);
      await eventually(async () => expect((await get(901)).status).toBe(200));
      await client.admin('POST', '/devices/901/block');
      await client.admin('DELETE', '/devices/901');
      await eventually(async () => {
        expect((await elsewhere.check(question)).body).toMatchObject({ reason: 'device_blocked' });
        expect((await get(901)).body).toMatchObject({ status: 'blocked' });
      });
      // What it has heard last is written by then.
      await other.close();
      await client.admin('POST', '/devices/901/unblock');
      await client.admin('DELETE', '/devices/901');
    });
  });

  describe('many devices', () => {
    const bulk = (body: object): Promise<Answer> => client.admin('POST', '/devices/bulk', { body });
    /** Which waits for another transaction, that has made a change already, until it is committed. */
    const bulkDuring = async (sql: string, body: object): Promise<Answer> => {
      const other = new pg.Client({ connectionString: app.database.url });
      await other.connect();
      await other.query(`BEGIN; ${sql}`);
      const answer = bulk(body);
      await eventually(async () => {
        expect(await app.database.query('SELECT pid FROM pg_locks WHERE NOT granted')).not.toEqual([]);
      });
      await other.query('COMMIT');
      await other.end();
      return answer;
    };

    beforeAll(() => checkIn([101, 102, 103, 104], { device_type: 'tank' }));

    it('are tagged, moved and blocked together, when as many match as expected', async () => {
      const q = 'type:tank';
      expect(await bulk({ q, expect: 4, add_tags: ['lab', 'b'], channel: 'beta' })).toMatchObject({
        status: 200,
        body: { changed: 4 },
      });
      expect(await found('tag:lab channel:beta')).toEqual([101, 102, 103, 104]);
      await bulk({ q: 'id:101..102', expect: 2, add_tags: ['c'], remove_tags: ['lab'], block: true });
      const { body } = await client.admin('GET', '/devices/101');
      expect(body).toMatchObject({ tags: ['b', 'c'], status: 'blocked', channel: 'beta' });
      expect((await client.check({ device_id: 101, device_type: 'tank' })).body.reason).toBe(
        'device_blocked',
      );
      expect(await found('status:blocked')).toEqual([101, 102]);
      expect((await bulk({ q: 'status:blocked', expect: 2, block: false })).body).toEqual({ changed: 2 });
      expect(await found('status:blocked')).toEqual([]);
    });

    it('stay as they are when another number matches', async () => {
      const answer = await bulk({ q: 'type:tank', expect: 3, add_tags: ['never'] });
      expect(answer).toMatchObject({ status: 409, body: { code: 'DEVICE_COUNT_CHANGED' } });
      expect(answer.body.detail).toContain('matches 4 devices, not 3');
      expect(await found('tag:never')).toEqual([]);
    });

    it('stay as they are when one would have too many tags', async () => {
      const tags = Array.from({ length: 20 }, (_, n) => `t${n}`);
      await client.admin('PATCH', '/devices/104', { body: { tags } });
      const answer = await bulk({ q: 'type:tank', expect: 4, add_tags: ['one-more'] });
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
      expect(answer.body.detail).toContain('Device 104 would have more than 20 tags');
      expect(await found('tag:one-more')).toEqual([]);
    });

    it.each([
      [{ expect: 1, block: true }],
      [{ q: 'type:tank', block: true }],
      [{ q: '', expect: 1 }],
      [{ q: 'id:1', expect: 1, delete: true, block: true }],
      [{ q: 'id:1', expect: 1, delete: false }],
      [{ q: 'id:1', expect: '1', block: true }],
      [{ q: 'id:1', expect: 1, add_tags: 'x' }],
      [{ q: 'id:1', expect: 1, add_tags: ['X'] }],
      [{ q: 'id:1', expect: 1, channel: null }],
      [{ q: null, expect: 1, block: true }],
      [{ q: 'id:1', expect: 1, block: 'yes' }],
    ])('are not changed by %j', async (body) => {
      expect(await bulk(body)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    });

    it('are changed from a table, all or none', async () => {
      const csv = ['id;name;attr.floor;attr.wet;tags', '101;"Tank; ""one""";3;true;big wet', '102;;;;'].join(
        '\r\n',
      );
      const imported = await client.admin('POST', '/devices/import', { body: { csv } });
      expect(imported).toMatchObject({ status: 200, body: { changed: 2 } });
      expect((await client.admin('GET', '/devices/101')).body).toMatchObject({
        name: 'Tank; "one"',
        attributes: { floor: 3, wet: true },
        tags: ['big', 'wet'],
        channel: 'beta',
      });
      const bad = ['id,name,channel', '101,New,stable', '77,x,stable', '102,x,Bad', '101,x,stable'].join(
        '\n',
      );
      const refused = await client.admin('POST', '/devices/import', { body: { csv: bad } });
      expect(refused).toMatchObject({ status: 400, body: { code: 'DEVICE_LIST_INVALID' } });
      expect(Object.keys(refused.body.errors as object)).toEqual(['line 4', 'line 5']);
      const faulty = await client.admin('POST', '/devices/import', {
        body: { csv: `id,name\n${'x,\n'.repeat(9_000)}` },
      });
      expect(Object.keys(faulty.body.errors as object)).toHaveLength(101);
      expect(faulty.body.errors).toMatchObject({ more: ['There are 8900 more.'] });
      const unknown = await client.admin('POST', '/devices/import', {
        body: { csv: 'id,name\n101,New\n77,x\n' },
      });
      expect(unknown.body.errors).toEqual({ 'line 3': ['There is no device with the id 77.'] });
      expect((await client.admin('GET', '/devices/101')).body.name).toBe('Tank; "one"');
    });

    it.each([{ delete: true }, { add_tags: ['late'] }, { block: true }])(
      'are those that match still when others that change them are done: %j',
      async (change) => {
        await client.admin('PATCH', '/devices/103', { body: { tags: ['old'] } });
        const answer = await bulkDuring(`UPDATE device SET tags = '{}' WHERE id = 103`, {
          q: 'tag:old',
          expect: 1,
          ...change,
        });
        expect(answer).toMatchObject({ status: 409, body: { code: 'DEVICE_COUNT_CHANGED' } });
        expect(answer.body.detail).toContain('matches 0 devices, not 1');
        expect(await found('id:103 -tag:late -status:blocked')).toEqual([103]);
      },
    );

    it('are not mixed up with as many others that match meanwhile', async () => {
      await client.admin('PATCH', '/devices/103', { body: { tags: ['old'] } });
      const answer = await bulkDuring(
        `UPDATE device SET tags = CASE id WHEN 103 THEN '{}' ELSE '{old}'::text[] END WHERE id IN (102, 103)`,
        { q: 'tag:old', expect: 1, add_tags: ['late'] },
      );
      expect(answer.body.detail).toContain('matches other devices than a moment ago');
      expect(await found('tag:late')).toEqual([]);
    });

    it('are those of the moment when it is decided who they are known to be', async () => {
      await bulk({ q: 'id:103', expect: 1, block: true });
      const answer = await bulkDuring('UPDATE device_access SET is_blocked = false WHERE device_id = 103', {
        q: 'status:blocked',
        expect: 1,
        delete: true,
      });
      expect(answer.body.detail).toContain('matches 0 devices, not 1');
      expect(await countOnRecord([103])).toBe(1);
    });

    it.each([
      ['tag', 'id:101..103 -tag:race', { add_tags: ['race'] }],
      ['blocking', 'id:101..103 -status:blocked', { block: true }],
    ])('are changed by one of many that do the same at once: a %s', async (_what, q, change) => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => bulk({ q, expect: 3, ...change })));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(409)]);
      await bulk({ q: 'type:tank', expect: 4, block: false });
    });

    it('are forgotten together', async () => {
      expect((await bulk({ q: 'type:tank', expect: 4, delete: true })).body).toEqual({ changed: 4 });
      expect(await found('type:tank')).toEqual([]);
      await expectExactTotal();
    });
  });

  it('lists devices that wait to be accepted, also after they were forgotten', async () => {
    const asked = { device_type: 'sensor', requires_acceptance: true };
    const { key } = (await client.admin('POST', '/enrollment-keys', { body: asked })).body;
    const enroll = (): Promise<Answer> =>
      client.send('POST', '/api/ota/devices/enroll', {
        body: { device_id: 950, device_type: 'sensor' },
        headers: { Authorization: `Bearer ${key}` },
      });
    expect((await enroll()).status).toBe(202);
    expect(await found('id:950')).toEqual([950]);
    await client.admin('DELETE', '/devices/950');
    expect(await found('id:950')).toEqual([]);
    expect((await enroll()).status).toBe(202);
    expect(await found('id:950')).toEqual([950]);
    await client.admin('DELETE', '/devices/950');
  });
});
