import { request } from 'node:http';
import { ChangeFeed } from '../../src/database/change-feed.js';
import type { EventType } from '../../src/domain/event-types.js';
import { EventLog } from '../../src/events/event-log.js';
import { Readiness } from '../../src/http/health/readiness.js';
import { EventReader, type Arrived } from '../support/event-stream.js';
import { Client, eventually, send, someBytes } from '../support/http-client.js';
import { bearer, People } from '../support/people.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const PATH = '/api/ota/admin/events';

describe('the event stream', () => {
  let app: TestApp;
  let client: Client;
  let people: People;
  const open: EventReader[] = [];

  beforeAll(async () => {
    app = await startTestApp({ limits: { eventHeartbeatMs: 300, eventSpanMs: 200, eventPollMs: 50 } });
    client = new Client(app);
    people = new People(app);
  });
  afterEach(async () => {
    for (const reader of open.splice(0)) reader.close();
    await noneIsOpen();
  });
  afterAll(() => app.close());

  const noneIsOpen = (): Promise<void> =>
    eventually(async () => {
      const { bytes } = await client.send('GET', '/metrics');
      expect(bytes.toString()).toMatch(/^ota_event_streams 0$/m);
    });

  const follow = async (more: Partial<Parameters<typeof EventReader.open>[1]> = {}, url = app.url) => {
    const reader = await EventReader.open(url, { token: app.token, ...more });
    open.push(reader);
    return reader;
  };
  const of = ({ events }: EventReader, type: EventType): Arrived[] =>
    events.filter(({ data }) => data.type === type);
  const record = (type: EventType, entity: string, data = {}, { nest } = app): Promise<void> =>
    nest.get(EventLog, { strict: false }).recordAlone({ type, entity, data });

  it('is a stream that no proxy keeps, and is not there for HEAD', async () => {
    const reader = await follow();
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(reader.response.headers['content-encoding']).toBeUndefined();
    const head = await send(app.url + PATH, 'HEAD', { headers: bearer(app.token) });
    expect(head.status).toBe(200);
  });

  it('tells of firmware, devices, attempts and the audit log what happens to them', async () => {
    const reader = await follow();
    const version = '7.0.0';
    const { body: firmware } = await client.publish(someBytes(70), { version, is_stable: false });
    const id = firmware.id as number;
    await reader.until(() => of(reader, 'firmware.registered').length === 1);
    await client.admin('PATCH', `/firmware/${id}`, { body: { is_stable: true } });
    await reader.until(() => of(reader, 'firmware.released').length === 1);
    await client.check({ device_id: 70 });
    await reader.until(
      () => of(reader, 'device.new').length === 1 && of(reader, 'attempt.pending').length === 1,
    );
    await client.report({ device_id: 70, firmware_id: id, status: 'failed', error_message: 'no space' });
    await reader.until(() => of(reader, 'attempt.failed').length === 1);
    await client.check({ device_id: 70, current_version: '1.2.0' });
    await reader.until(() => of(reader, 'device.version_changed').length === 1);
    await people.ask('POST', '/devices/70/block');
    await reader.until(() => of(reader, 'device.blocked').length === 1);
    await client.admin('DELETE', `/firmware/${id}`);
    await reader.until(() => of(reader, 'firmware.deactivated').length === 1);

    const [released] = of(reader, 'firmware.released');
    expect(released).toMatchObject({
      event: 'firmware',
      data: {
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        entity: `firmware:${id}`,
        data: {
          firmware_id: id,
          device_type: 'sensor',
          version,
          build_number: 1,
          is_stable: true,
          is_active: true,
        },
      },
    });
    expect(of(reader, 'device.version_changed')[0]!.data).toMatchObject({
      entity: 'device:70',
      data: { device_id: 70, device_type: 'sensor', version: '1.2.0', build_number: 1 },
    });
    const [failed] = of(reader, 'attempt.failed');
    expect(failed!.data.data).toEqual({
      log_id: expect.any(Number),
      device_id: 70,
      firmware_id: id,
      status: 'failed',
      error_message: 'no space',
    });
    expect(failed!.data.entity).toBe(`attempt:${failed!.data.data.log_id}`);
    expect(of(reader, 'device.blocked')[0]!.data.data).toEqual({
      device_id: 70,
      identity: 'none',
      enrollment: 'none',
      is_blocked: true,
    });
    const actions = of(reader, 'audit.recorded').map(({ data }) => data.data.action as string);
    expect(actions).toEqual(
      expect.arrayContaining(['firmware.register', 'firmware.change', 'device.block', 'firmware.deactivate']),
    );
  });

  it('tells of a report that changes nothing nothing', async () => {
    const { body } = await client.publish(someBytes(71), { version: '7.1.0' });
    const reader = await follow({ query: '?kinds=attempt' });
    const report = { device_id: 71, firmware_id: body.id as number };
    await client.report({ ...report, status: 'downloading', bytes_downloaded: 1 });
    await reader.until(() => of(reader, 'attempt.downloading').length === 1);
    await client.report({ ...report, status: 'downloading', bytes_downloaded: 2 });
    await client.report({ ...report, status: 'success' });
    await client.report({ ...report, status: 'success' });
    await reader.until(() => of(reader, 'attempt.success').length === 1);
    await record('attempt.pending', 'attempt:0');
    await reader.until(() => of(reader, 'attempt.pending').length === 1);
    expect(reader.types).toEqual(['attempt.downloading', 'attempt.success', 'attempt.pending']);
  });

  it('tells of one entity the newest only, when much happens in a second', async () => {
    const reader = await follow({ query: '?kinds=device' });
    await record('device.blocked', 'device:1', { nth: 0 });
    await reader.until(() => reader.events.length === 1);
    for (let nth = 1; nth <= 20; nth++) await record('device.blocked', 'device:1', { nth });
    await record('device.blocked', 'device:2');
    await reader.until(() => reader.events.at(-1)?.data.entity === 'device:2');
    const nths = reader.events.flatMap(({ data }) =>
      data.entity === 'device:1' ? [data.data.nth as number] : [],
    );
    expect(nths.at(-1)).toBe(20);
    expect(nths.length).toBeLessThan(6);
  });

  it.each([
    ['kinds=firmware,audit', ['firmware', 'audit']],
    ['kinds=server', ['server']],
    ['', ['firmware', 'audit', 'server']],
  ])('has with ?%s these kinds: %j', async (query, kinds) => {
    const reader = await follow({ query: `?${query}` });
    await record('firmware.changed', 'firmware:1');
    await record('audit.recorded', 'audit:0');
    await record('server.started', 'server:x');
    await record('server.started', 'server:last');
    await record('firmware.changed', 'firmware:last');
    await reader.until(() => /^(server|firmware):last$/.test(String(reader.events.at(-1)?.data.entity)));
    expect(new Set(reader.events.map(({ event }) => event))).toEqual(new Set(kinds));
  });

  it.each(['kinds=', 'kinds=firmwares', 'kinds=firmware,', 'kinds=firmware&kinds=x', 'kind=firmware'])(
    'is refused with ?%s',
    async (query) => {
      const answer = await send(`${app.url}${PATH}?${query}`, 'GET', { headers: bearer(app.token) });
      expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    },
  );

  it('has nothing of the audit log for others than admins, also when they ask for it', async () => {
    await people.create('watcher', 'viewer');
    const token = await people.logIn('watcher');
    const reader = await follow({ token });
    await record('audit.recorded', 'audit:0');
    await record('firmware.changed', 'firmware:5');
    await reader.until(() => of(reader, 'firmware.changed').length === 1);
    expect(reader.types).not.toContain('audit.recorded');
    const refused = await send(`${app.url}${PATH}?kinds=audit`, 'GET', { headers: bearer(token) });
    expect([refused.status, refused.body.code]).toEqual([403, 'NOT_ALLOWED']);
  });

  it('loses the audit log with the role, and goes on', async () => {
    const id = await people.create('falling', 'admin');
    const reader = await follow({ token: await people.logIn('falling') });
    await record('audit.recorded', 'audit:0');
    await reader.until(() => of(reader, 'audit.recorded').length > 0);
    await people.ask('PATCH', `/users/${id}`, { role: 'viewer' });
    let tries = 0;
    await eventually(async () => {
      const seen = of(reader, 'audit.recorded').length;
      await record('audit.recorded', `audit:${(tries += 1)}`);
      await record('firmware.changed', `firmware:${tries}`);
      await reader.until(() => reader.events.at(-1)?.data.entity === `firmware:${tries}`);
      expect(of(reader, 'audit.recorded')).toHaveLength(seen);
    });
  });

  it('ends with the token, and with the user', async () => {
    const { id, token } = await people.makeToken('short');
    const reader = await follow({ token });
    await people.ask('DELETE', `/tokens/${id}`);
    await reader.closed;
    const user = await people.create('leaving', 'viewer');
    const other = await follow({ token: await people.logIn('leaving') });
    await people.ask('PATCH', `/users/${user}`, { is_active: false });
    await other.closed;
  });

  it('shows that it is alive, and where it is', async () => {
    const reader = await follow();
    const begin = reader.lastEventId;
    await reader.until(() => reader.heartbeats > 2);
    await record('firmware.changed', 'firmware:6');
    await reader.until(() => of(reader, 'firmware.changed').length === 1);
    const at = reader.lastEventId;
    expect(at).not.toBe(begin);
    const { heartbeats } = reader;
    await reader.until(() => reader.heartbeats > heartbeats);
    const [place] = reader.lastEventId.split('-');
    expect(Number(place)).toBeGreaterThanOrEqual(Number(at.split('-')[0]));
  });

  it('continues behind what was seen, also when that was nothing', async () => {
    const reader = await follow({ query: '?kinds=firmware' });
    await reader.until(() => reader.lastEventId !== '');
    reader.close();
    await record('firmware.changed', 'firmware:10');
    await record('firmware.changed', 'firmware:11');
    const lastEventId = reader.lastEventId;
    const next = await follow({ lastEventId, query: '?kinds=firmware' });
    await next.until(() => next.events.length === 2);
    expect(next.events.map(({ data }) => data.entity as string)).toEqual(['firmware:10', 'firmware:11']);
    next.close();
    const last = await follow({ lastEventId: next.events[0]!.id, query: '?kinds=firmware' });
    await last.until(() => last.events.length === 1);
    expect(last.events[0]!.data.entity).toBe('firmware:11');
  });

  it.each(['x', '1-1-1', '0-0-0', '9007199254740991-1-9999999999'])(
    'begins anew behind %s, which nobody knows, and says so',
    async (lastEventId) => {
      const reader = await follow({ lastEventId });
      await reader.until(() => reader.events.length > 0);
      expect(reader.events[0]).toMatchObject({ event: 'reset', data: { reason: expect.any(String) } });
      await record('firmware.changed', 'firmware:12');
      await reader.until(() => of(reader, 'firmware.changed').length === 1);
    },
  );

  it('begins anew behind a place that this database has not come to', async () => {
    const lastEventId = `9007199254740991-1-${Math.floor(Date.now() / 1000)}`;
    const reader = await follow({ lastEventId });
    await reader.until(() => reader.events.length > 0);
    expect(reader.events[0]!.event).toBe('reset');
    await record('firmware.changed', 'firmware:13');
    await reader.until(() => of(reader, 'firmware.changed').length === 1);
  });

  it('begins anew when too much was missed', async () => {
    const reader = await follow();
    await reader.until(() => reader.lastEventId !== '');
    reader.close();
    await noneIsOpen();
    await app.database.query(
      `INSERT INTO event (place, type, entity, data)
       SELECT pg_current_xact_id()::text::bigint, 'attempt.pending', 'attempt:' || nth, '{}'
         FROM generate_series(1, 5001) AS nth`,
    );
    const next = await follow({ lastEventId: reader.lastEventId });
    await next.until(() => next.events.length > 0);
    expect(next.events[0]!.event).toBe('reset');
  });

  it('is one of few for a user, however many tokens the user has', async () => {
    const { token } = await people.makeToken('many');
    const other = await people.makeToken('more');
    const readers = await Promise.all(Array.from({ length: 20 }, () => follow({ token })));
    const refused = await send(app.url + PATH, 'GET', { headers: bearer(other.token) });
    expect([refused.status, refused.body.code, refused.headers['retry-after']]).toEqual([
      429,
      'TOO_MANY_STREAMS',
      '10',
    ]);
    readers[0]!.close();
    await eventually(async () => {
      expect((await send(app.url + PATH, 'GET', { headers: bearer(token) })).status).toBe(200);
    });
  });

  it('is one of a hundred of a server, of which ten are for admins', async () => {
    const tokens: string[] = [];
    for (let nth = 0; nth < 5; nth++) {
      await people.create(`viewer${nth}`, 'viewer');
      tokens.push(await people.logIn(`viewer${nth}`));
    }
    const open = (token: string, count: number) =>
      Promise.all(Array.from({ length: count }, () => follow({ token })));
    const refusal = async (token: string) => {
      const answer = await send(app.url + PATH, 'GET', { headers: bearer(token) });
      expect([answer.status, answer.body.code]).toEqual([503, 'OVERLOADED']);
      return answer;
    };
    for (const token of tokens.slice(0, 4)) await open(token, 20);
    await open(tokens[4]!, 10);
    await refusal(tokens[4]!);
    await open(app.token, 10);
    const refused = await refusal(app.token);
    expect(refused.headers['retry-after']).toMatch(/^\d+$/);
  });

  it('costs a bounded memory for a client that reads nothing, which is told so when it reads again', async () => {
    const stuck = await follow({ isStuck: true, query: '?kinds=attempt' });
    const reader = await follow({ query: '?kinds=attempt' });
    const note = 'x'.repeat(2_000);
    for (let round = 0; round < 15; round++) {
      await app.database.query(
        `INSERT INTO event (place, type, entity, data)
         SELECT pg_current_xact_id()::text::bigint, 'attempt.pending', 'attempt:' || nth, jsonb_build_object('note', $1::text)
           FROM generate_series($2::int, $2::int + 999) AS nth`,
        [note, round * 1_000],
      );
    }
    await record('attempt.failed', 'attempt:last');
    await reader.until(() => of(reader, 'attempt.failed').length === 1);
    expect(reader.events).toHaveLength(15_001);
    expect(reader.types).not.toContain('reset');
    stuck.read();
    await stuck.until(() => stuck.types.includes('reset'));
    // What the socket had taken before, and not all of it.
    expect(stuck.events.length).toBeLessThan(12_000);
    await record('attempt.failed', 'attempt:very last');
    await stuck.until(() =>
      of(stuck, 'attempt.failed').some(({ data }) => data.entity === 'attempt:very last'),
    );
  });

  it('comes also without notifications', async () => {
    const deaf = await startTestApp({ database: app.database });
    deaf.nest.get(ChangeFeed).beforeApplicationShutdown();
    const reader = await follow({}, deaf.url);
    await record('firmware.changed', 'firmware:20');
    await reader.until(() => of(reader, 'firmware.changed').length === 1);
    await deaf.close();
  });

  it('ends when the server begins to stop, and none begins', async () => {
    const other = await startTestApp({ database: app.database });
    const reader = await follow({}, other.url);
    other.nest.get(Readiness).stopping();
    await reader.closed;
    const refused = await send(other.url + PATH, 'GET', { headers: bearer(app.token) });
    expect([refused.status, refused.body.code]).toEqual([503, 'OVERLOADED']);
    await other.close();
  });

  it('tells of servers that start and stop', async () => {
    const reader = await follow({ query: '?kinds=server' });
    const other = await startTestApp({ database: app.database });
    await reader.until(() => of(reader, 'server.started').length === 1);
    await other.close();
    await reader.until(() => of(reader, 'server.stopping').length === 1);
    expect(reader.events[0]!.data.data).toEqual({ server: expect.stringMatching(/\/\d+$/), detail: null });
  });

  it('leaves nothing behind for a client that goes before the answer', async () => {
    for (let times = 0; times < 20; times++) {
      const sent = request(app.url + PATH, { headers: bearer(app.token), agent: false });
      sent.on('error', () => undefined);
      sent.end();
      await new Promise((resolve) => sent.once('socket', (socket) => socket.once('connect', resolve)));
      sent.destroy();
    }
    await noneIsOpen();
  });
});

describe('event streams of two servers on one database', () => {
  let one: TestApp;
  let two: TestApp;

  beforeAll(async () => {
    one = await startTestApp();
    two = await startTestApp({ database: one.database });
  });
  afterAll(async () => {
    await two.close();
    await one.close();
  });

  it('have every event once for nine clients, of which a server is killed', async () => {
    const query = '?kinds=attempt';
    const { token } = one;
    const log = two.nest.get(EventLog, { strict: false });
    interface Follower {
      reader: EventReader;
      readonly seen: Arrived[];
    }
    const followers: Follower[] = await Promise.all(
      Array.from({ length: 9 }, async (_, nth) => ({
        reader: await EventReader.open((nth % 3 === 2 ? two : one).url, { token, query }),
        seen: [],
      })),
    );
    let nth = 0;
    const happen = async (count: number): Promise<void> => {
      for (let times = 0; times < count; times++) {
        await log.recordAlone({ type: 'attempt.pending', entity: `attempt:${(nth += 1)}`, data: { nth } });
      }
    };
    const nthsOf = ({ seen, reader }: Follower): number[] =>
      [...seen, ...reader.events].map(({ data }) => data.data?.nth as number);
    await happen(30);
    for (const follower of followers) {
      await follower.reader.until(() => nthsOf(follower).length > 0);
    }
    // At any moment, in the midst of what is sent.
    const more = happen(60);
    one.nest.getHttpServer().closeAllConnections();
    one.nest.getHttpServer().close();
    for (const follower of followers) {
      const { reader } = follower;
      if (reader.response.destroyed || reader.response.closed || followers.indexOf(follower) % 3 !== 2) {
        await reader.closed;
        follower.seen.push(...reader.events);
        const { lastEventId } = reader;
        follower.reader = await EventReader.open(two.url, { token, query, lastEventId });
      }
    }
    await more;
    await happen(30);
    for (const follower of followers) {
      await follower.reader.until(() => nthsOf(follower).at(-1) === nth);
      expect(nthsOf(follower)).toEqual(Array.from({ length: nth }, (_, index) => index + 1));
      follower.reader.close();
    }
  });
});
