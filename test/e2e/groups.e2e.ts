import { FilterReader } from '../../src/devices/filter/filter-reader.js';
import { FleetQueries } from '../../src/devices/fleet/fleet-queries.js';
import type { ResolvedFilter } from '../../src/domain/filter/filter.js';
import { DataSource } from 'typeorm';
import { Client, type Answer } from '../support/http-client.js';
import { exchange } from '../support/raw-http.js';
import { samples } from '../support/samples.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('groups of devices', () => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    app = await startTestApp({ limits: { uploadStallMs: 500 } });
    client = new Client(app);
    await app.database.query(
      `INSERT INTO device (id, device_type, tags) SELECT id, 'scales', CASE WHEN id <= 2 THEN '{lab}'::text[] ELSE '{}' END
         FROM generate_series(1, 5) AS id`,
    );
    await app.database.query('INSERT INTO device (id) VALUES (40059831287377)');
  });
  afterAll(() => app.close());

  const groups = (method: string, path = '', body?: unknown): Promise<Answer> =>
    client.admin(method, `/groups${path}`, body === undefined ? {} : { body: body as object });
  const create = async (choice: object): Promise<number> => {
    const { status, body } = await groups('POST', '', choice);
    expect([status, body]).toEqual([200, expect.objectContaining(choice)]);
    return body.id as number;
  };
  const table = (id: number, csv: string | Buffer, type = 'text/csv'): Promise<Answer> =>
    client.admin('PUT', `/groups/${id}/members`, { body: csv, headers: { 'Content-Type': type } });
  const membersOf = async (id: number): Promise<unknown> =>
    (await groups('GET', `/${id}/members`)).body['device_ids'];
  const found = async (filter: ResolvedFilter): Promise<number[]> => {
    const query = await app.nest.get(FleetQueries, { strict: false }).query();
    const where = query.where(filter);
    const rows = await app.nest
      .get(DataSource)
      .query<{ id: number }[]>(`SELECT d.id ${query.from} WHERE ${where} ORDER BY d.id`, query.parameters);
    return rows.map(({ id }) => id);
  };
  const reader = (): FilterReader => app.nest.get(FilterReader, { strict: false });

  it('are created, listed by name, changed and deleted', async () => {
    const lab = await create({ name: 'Lab', filter: 'tag:lab', description: 'On the bench' });
    const empty = await create({ name: 'empty', filter: null });
    const { body, headers } = await groups('GET', '?limit=1');
    expect([body, headers['x-total-count']]).toEqual([
      [expect.objectContaining({ id: empty, count: 0 })],
      '2',
    ]);
    expect((await groups('GET', `/${lab}`)).body).toMatchObject({ name: 'Lab', filter: 'tag:lab', count: 2 });
    const change = { name: 'LAB 2', filter: 'type:scales -tag:lab', description: null };
    expect((await groups('PATCH', `/${lab}`, change)).body).toMatchObject({ ...change, count: 3 });
    expect((await groups('PATCH', `/${lab}`, {})).body).toMatchObject(change);
    for (const id of [lab, empty]) expect((await groups('DELETE', `/${id}`)).body).toEqual({ success: true });
    expect((await groups('GET', `/${lab}`)).body).toMatchObject({ code: 'GROUP_NOT_FOUND' });
  });

  it('with members have those that were put into them last', async () => {
    const id = await create({ name: 'Static' });
    expect((await groups('PUT', `/${id}/members`, { device_ids: [3, 1, 3] })).body).toMatchObject({
      count: 2,
    });
    expect(await membersOf(id)).toEqual([1, 3]);
    const csv = '\uFEFFname;"device_id"\r\n"a ; b";24:6f:28:03:7e:51\r\n\r\n;"2"\r\n;2\r\n';
    expect(await table(id, csv)).toMatchObject({ status: 200, body: { count: 2 } });
    expect(await membersOf(id)).toEqual([2, 40_059_831_287_377]);
    expect((await groups('PUT', `/${id}/members`, { device_ids: [] })).body).toMatchObject({ count: 0 });
    expect(await membersOf(id)).toEqual([]);
    const made = await groups('POST', '', { name: 'at once', device_ids: [4, 5] });
    expect(made.body).toMatchObject({ count: 2 });
    await groups('DELETE', `/${id}`);
    await groups('DELETE', `/${made.body['id'] as number}`);
  });

  it('give their devices as a table that can be sent back, whether they have members or a filter', async () => {
    const lab = await create({ name: 'Lab', filter: 'tag:lab' });
    const copy = await create({ name: 'Copy' });
    const csv = await client.admin('GET', `/groups/${lab}/members`, { headers: { Accept: 'text/csv' } });
    expect([csv.headers['content-type'], String(csv.bytes)]).toEqual([
      'text/csv; charset=utf-8; header=present',
      'device_id\r\n1\r\n2\r\n',
    ]);
    expect((await table(copy, String(csv.bytes))).body).toMatchObject({ count: 2 });
    const empty = await client.admin('GET', `/groups/${await create({ name: 'None' })}/members`, {
      headers: { Accept: 'text/csv' },
    });
    expect(String(empty.bytes)).toBe('device_id\r\n');
  });

  it('do not change when a device is not known, which is told with its line', async () => {
    const id = await create({ name: 'Careful' });
    await groups('PUT', `/${id}/members`, { device_ids: [1] });
    const refused = await table(id, 'device_id,name\n2,a\n77,b\n78,c\n');
    expect(refused).toMatchObject({
      status: 400,
      body: {
        code: 'DEVICE_LIST_INVALID',
        detail:
          'The list of devices has 2 faulty lines, and the group has not changed. Line 3: There is no device with the id 77.',
        errors: {
          'line 3': ['There is no device with the id 77.'],
          'line 4': ['There is no device with the id 78.'],
        },
      },
    });
    const json = await groups('PUT', `/${id}/members`, { device_ids: [2, 77] });
    expect(json.body).toMatchObject({
      code: 'DEVICE_LIST_INVALID',
      detail: 'There is no device with the id 77, and the group has not changed.',
      errors: { device_ids: ['There is no device with the id 77'] },
    });
    expect(await membersOf(id)).toEqual([1]);
    expect((await groups('POST', '', { name: 'Not made', device_ids: [77] })).body).toMatchObject({
      code: 'DEVICE_LIST_INVALID',
    });
    expect((await groups('GET')).body).not.toContainEqual(expect.objectContaining({ name: 'Not made' }));
  });

  it.each([
    [
      'device_id\n1\nx\n0\n',
      { 'line 3': [expect.stringContaining('"x"')], 'line 4': [expect.stringContaining('"0"')] },
    ],
    ['name\nx\n', { 'line 1': ['There must be a header with a column device_id.'] }],
    ['', { 'line 1': ['There must be a header with a column device_id.'] }],
    ['device_id\n"1\n', { 'line 2': [expect.stringContaining('not closed')] }],
    [`device_id\n${'x'.repeat(200_000)}\n`, { 'line 2': [expect.stringContaining('longer')] }],
    [`device_id\n${'x\n'.repeat(500)}`, expect.objectContaining({ 'line 101': expect.anything() })],
  ])('are not changed by the table %#, of which all faults are told', async (csv, errors) => {
    const id = await create({ name: `Table ${csv.length}` });
    const { status, body } = await table(id, csv);
    expect([status, body['code']]).toEqual([400, 'DEVICE_LIST_INVALID']);
    expect(body['errors']).toEqual(errors);
    expect(Object.keys(body['errors'] as object).length).toBeLessThanOrEqual(100);
  });

  it.each([
    ['POST', '', { name: 'x', filter: 'version:<abc' }, 'FILTER_INVALID', 'At character 9'],
    ['POST', '', { name: 'x', filter: 'tag:a group:b' }, 'FILTER_INVALID', 'At character 13'],
    [
      'POST',
      '',
      { name: 'x', filter: 'tag:a', device_ids: [1] },
      'VALIDATION_FAILED',
      'device_ids must be absent',
    ],
    ['POST', '', { name: 'x', device_ids: [1, '2'] }, 'VALIDATION_FAILED', 'device_ids[1]'],
    ['POST', '', { name: 'x', device_ids: 7 }, 'VALIDATION_FAILED', 'must be a list'],
    ['POST', '', { name: ' x' }, 'VALIDATION_FAILED', 'name must not'],
    ['POST', '', { name: 'TAKEN' }, 'GROUP_NAME_TAKEN', '"TAKEN"'],
    ['PATCH', '/:static', { filter: 'tag:a' }, 'GROUP_HAS_MEMBERS', 'has members'],
    ['PATCH', '/:filter', { filter: null }, 'VALIDATION_FAILED', 'filter'],
    ['PATCH', '/:filter', { filter: 'tag:' }, 'FILTER_INVALID', 'At character 5'],
    ['PATCH', '/:filter', { name: 'taken' }, 'GROUP_NAME_TAKEN', '"taken"'],
    ['PUT', '/:filter/members', { device_ids: [1] }, 'GROUP_HAS_FILTER', 'has a filter'],
    ['PUT', '/:static/members', { device_ids: [1], ids: [] }, 'VALIDATION_FAILED', 'ids is not known'],
    ['PUT', '/:static/members', [1], 'VALIDATION_FAILED', 'must be a list'],
    ['PATCH', '/999999', { name: 'y' }, 'GROUP_NOT_FOUND', '999999'],
    ['PUT', '/999999/members', { device_ids: [] }, 'GROUP_NOT_FOUND', '999999'],
    ['DELETE', '/999999', undefined, 'GROUP_NOT_FOUND', '999999'],
    ['GET', '/999999/members', undefined, 'GROUP_NOT_FOUND', '999999'],
  ])('refuse %s %s %j', async (method, path, body, code, detail) => {
    await groups('POST', '', { name: 'Taken' });
    await groups('POST', '', { name: 'With a filter', filter: 'tag:a' });
    const all = (await groups('GET')).body as unknown as { id: number; name: string }[];
    const idOf = (name: string): string => String(all.find((group) => group.name === name)!.id);
    const target = path.replace(':static', idOf('Taken')).replace(':filter', idOf('With a filter'));
    const answer = await groups(method, target, body);
    expect(answer.body).toMatchObject({ code, detail: expect.stringContaining(detail) });
    if (code === 'FILTER_INVALID') expect(answer.body['errors']).toEqual({ filter: [answer.body['detail']] });
  });

  it('refuse a filter that is far too long at the place where it is', async () => {
    const { status, body } = await groups('POST', '', { name: 'x', filter: '('.repeat(10_000) });
    expect(status).toBe(400);
    expect(body['detail']).toMatch(
      /^At character 2001 there is "\({40}…"; expected at most 2000 characters\.$/,
    );
  });

  it('take a table of other types and encodings as little as any route', async () => {
    const id = await create({ name: 'Types' });
    expect((await table(id, 'device_id\n', 'text/plain')).body).toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
    });
    const zipped = { 'Content-Type': 'text/csv', 'Content-Encoding': 'gzip' };
    const answer = await client.admin('PUT', `/groups/${id}/members`, {
      body: 'device_id\n',
      headers: zipped,
    });
    expect(answer.body).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' });
    const other = await client.admin('PATCH', `/groups/${id}`, {
      body: 'device_id\n',
      headers: { 'Content-Type': 'text/csv' },
    });
    expect(other.body).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' });
  });

  it('wait for a table that stalls for a while only', async () => {
    const id = await create({ name: 'Stalled' });
    const head = [
      `PUT /api/ota/admin/groups/${id}/members HTTP/1.1`,
      'Host: x',
      `Authorization: Bearer ${app.token}`,
      'Content-Type: text/csv',
      'Content-Length: 1000',
    ];
    const answer = await exchange(app, `${head.join('\r\n')}\r\n\r\ndevice_id\r\n1\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d [\s\S]*BODY_TIMEOUT/);
  });

  it('are found by filters: by members, by their own filter, in capitals or not', async () => {
    const members = await create({ name: 'Ünter "x"' });
    await groups('PUT', `/${members}/members`, { device_ids: [1, 3] });
    await create({ name: 'On the bench', filter: 'tag:lab OR id:5' });
    expect(await found(await reader().read(String.raw`group:"ÜNTER \"X\""`))).toEqual([1, 3]);
    expect(await found(await reader().read('-group:"on the bench" type:scales'))).toEqual([3, 4]);
    expect(await found(await reader().read(String.raw`group:"on the bench" group:"ünter \"x\""`))).toEqual([
      1,
    ]);
    await expect(reader().read('type:scales group:nobody')).rejects.toMatchObject({
      code: 'FILTER_INVALID',
      message: 'At character 19 there is "nobody"; expected the name of a group.',
      violations: { q: expect.stringContaining('character 19') },
    });
    expect(await found(await reader().readKept('group:nobody'))).toEqual([]);
    expect(await found(await reader().readKept('-group:nobody id:1'))).toEqual([]);
    expect(await found(await reader().readKept('no longer a filter:'))).toEqual([]);
  });

  it('are counted, though their filters together are more than one statement takes', async () => {
    const digits = (first: number): string =>
      Array.from({ length: 100 }, (_, nth) => String(first + nth)).join(' OR ');
    const ids: number[] = [];
    // A statement takes two of them.
    const many = samples(25);
    for (let nth = 0; nth < many; nth++) ids.push(await create({ name: `g${nth}`, filter: digits(400) }));
    const { status, body } = await groups('GET', '?limit=100');
    expect([status, body]).toEqual([
      200,
      expect.arrayContaining([expect.objectContaining({ name: `g${many - 1}`, count: 1 })]),
    ]);
    await expect(reader().read('tag:a group:g0 OR group:g1 OR group:g2')).rejects.toMatchObject({
      code: 'FILTER_INVALID',
      message: expect.stringMatching(/^At character 13 there is "g0"; expected .* at most 200 terms/),
    });
    expect(await found(await reader().read('group:g0 OR group:g1'))).toEqual([40_059_831_287_377]);
    for (const id of ids) await groups('DELETE', `/${id}`);
  });

  it('are listed though the database cannot evaluate the filter of one', async () => {
    const id = await create({ name: 'a broken one', filter: 'attr.far:>1' });
    const lab = await create({ name: 'a lab', filter: 'tag:lab' });
    await app.database.query('UPDATE device SET own_attributes = \'{"far": 1e400}\' WHERE id = 5');
    const { status, body } = await groups('GET', '?limit=2');
    expect([status, body]).toEqual([
      200,
      [
        expect.objectContaining({ name: 'a broken one', count: null }),
        expect.objectContaining({ name: 'a lab', count: 2 }),
      ],
    ]);
    await app.database.query("UPDATE device SET own_attributes = '{}' WHERE id = 5");
    for (const one of [id, lab]) await groups('DELETE', `/${one}`);
  });

  it('lose a device that is forgotten', async () => {
    await app.database.query("INSERT INTO device (id, device_type) VALUES (900, 'lamp')");
    const id = await create({ name: 'Forgetful' });
    await groups('PUT', `/${id}/members`, { device_ids: [900, 1] });
    await app.database.query('DELETE FROM device WHERE id = 900');
    expect((await groups('GET', `/${id}`)).body).toMatchObject({ count: 1 });
  });

  it('of two servers have one name each', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => groups('POST', '', { name: 'Once' })));
    expect(made.map(({ body }) => body['code'] ?? 200).sort()).toEqual([
      200,
      ...Array<string>(4).fill('GROUP_NAME_TAKEN'),
    ]);
  });
});
