import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { EventEntity } from '../../src/events/event.entity.js';
import { EventLog } from '../../src/events/event-log.js';
import { EventRepository } from '../../src/events/event.repository.js';
import { DeliveryPlanner } from '../../src/events/webhooks/deliveries/delivery-planner.js';
import { DeliverySender } from '../../src/events/webhooks/deliveries/delivery-sender.js';
import { WebhookDeliveryEntity } from '../../src/events/webhooks/deliveries/webhook-delivery.entity.js';
import { WebhookDeliveryRepository } from '../../src/events/webhooks/deliveries/webhook-delivery.repository.js';
import { WebhookEntity } from '../../src/events/webhooks/webhook.entity.js';
import { WebhookRepository } from '../../src/events/webhooks/webhook.repository.js';
import type { Receipt } from '../../src/events/webhooks/webhook-transport.js';
import { Metrics } from '../../src/metrics/metrics.js';
import { eventually } from '../support/http-client.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const ARRIVED: Receipt = { status: 204, error: null };
const DOWN: Receipt = { status: null, error: 'The receiver could not be reached: ECONNREFUSED.' };

interface Message {
  readonly url: string;
  readonly id: string;
  readonly entity: string;
  readonly nth: number;
  /** By the clock of the test. */
  readonly at: number;
}

/** Days in a moment: the clock is set to when something is due. */
describe('deliveries of webhooks', () => {
  let database: TestDatabase;
  let source: DataSource;
  let events: EventRepository;
  let log: EventLog;
  let webhooks: WebhookRepository;
  let deliveries: WebhookDeliveryRepository;
  let planner: DeliveryPlanner;
  let now: number;
  let sent: Message[];
  let answer: (message: Message) => Receipt | Promise<Receipt>;
  const senders: DeliverySender[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    source = await new DataSource(dataSourceOptions(database.url)).initialize();
    events = new EventRepository(source.getRepository(EventEntity));
    log = new EventLog(events);
    webhooks = new WebhookRepository(source.getRepository(WebhookEntity));
    deliveries = new WebhookDeliveryRepository(source.getRepository(WebhookDeliveryEntity));
    planner = new DeliveryPlanner(events, webhooks, deliveries);
    now = Date.now();
    sent = [];
    answer = () => ARRIVED;
  });
  afterEach(async () => {
    for (const sender of senders.splice(0)) await sender.stop(0);
    await source.destroy();
    await database.drop();
  });

  /** As of a server of its own. */
  const server = (): DeliverySender => {
    const send = async (
      url: URL,
      body: string,
      headers: Readonly<Record<string, string>>,
    ): Promise<Receipt> => {
      const { entity, data } = JSON.parse(body) as { entity: string; data: { nth: number } };
      const message = { url: url.href, id: headers['webhook-id']!, entity, nth: data.nth, at: now };
      sent.push(message);
      return answer(message);
    };
    const sender = new DeliverySender(webhooks, deliveries, { send }, new Metrics(), () => new Date(now));
    senders.push(sender);
    return sender;
  };
  const make = async (path = 'hook', selectors: string[] = ['device']): Promise<number> => {
    const webhook = await webhooks.transaction(async (manager) =>
      webhooks.insert(manager, {
        url: `https://example.com/${path}`,
        description: null,
        events: selectors,
        secret: Buffer.alloc(32),
        fromPlace: (await events.end(manager)).place,
      }),
    );
    return webhook.id;
  };
  const happen = (entity: string, nth: number): Promise<void> =>
    log.recordAlone({ type: 'device.blocked', entity, data: { nth } });
  const states = async (): Promise<Record<string, number>> => {
    const rows = await database.query<{ state: string; count: string }>(
      'SELECT state, count(*) FROM webhook_delivery GROUP BY state',
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
  };
  /** Until so many are there: what is committed can be read when all that was begun before has ended. */
  const plan = (count: number): Promise<void> =>
    eventually(async () => {
      await planner.plan(new Date(now));
      const rows = await database.query('SELECT FROM webhook_delivery');
      expect(rows).toHaveLength(count);
    });
  /** Lets time pass, from one try that is due to the next. */
  const pass = async (ms: number, ...running: DeliverySender[]): Promise<void> => {
    const until = now + ms;
    for (;;) {
      await Promise.all(running.map((sender) => sender.idle()));
      const [due] = await database.query<{ at: Date | null }>(
        `SELECT min(greatest(next_try_at, claimed_until)) AS at FROM webhook_delivery JOIN webhook ON webhook.id = webhook_id
          WHERE state = 'waiting' AND is_active`,
      );
      const next = due?.at?.getTime() ?? Infinity;
      if (next > until) break;
      now = Math.max(now, next);
    }
    now = until;
  };
  const webhook = async (id: number): Promise<WebhookEntity> =>
    (await webhooks.findAll()).find((one) => one.id === id)!;
  const nths = (entity: string): number[] =>
    sent.filter((one) => one.entity === entity).map(({ nth }) => nth);

  it('arrive once, in order for each entity, and only of what was chosen', async () => {
    await make();
    await make('other', ['firmware']);
    for (let nth = 1; nth <= 5; nth++) for (const device of [1, 2, 3]) await happen(`device:${device}`, nth);
    await plan(15);
    const sender = server();
    await pass(0, sender);
    for (const device of [1, 2, 3]) expect(nths(`device:${device}`)).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(sent.map(({ url }) => url))).toEqual(new Set(['https://example.com/hook']));
    expect(new Set(sent.map(({ id }) => id)).size).toBe(15);
    expect(await states()).toEqual({ delivered: 15 });
    expect((await webhooks.findAll()).map(({ waiting }) => waiting)).toEqual([0, 0]);
    await planner.plan(new Date(now));
    await pass(24 * HOUR, sender);
    expect(sent).toHaveLength(15);
  });

  it('arrive in order after a receiver was down for an hour', async () => {
    const id = await make();
    const begin = now;
    answer = () => (now - begin < HOUR ? DOWN : ARRIVED);
    for (let nth = 1; nth <= 3; nth++) for (const device of [1, 2]) await happen(`device:${device}`, nth);
    await plan(6);
    const sender = server();
    await pass(HOUR - 1, sender);
    // Of each entity the first alone, after 0 s, 5 s, 65 s, 6 min and 36 min.
    expect(sent).toHaveLength(10);
    expect(new Set(sent.map(({ nth }) => nth))).toEqual(new Set([1]));
    expect(await webhook(id)).toMatchObject({ isActive: true, waiting: 6, lastError: DOWN.error });
    sent.length = 0;
    await pass(2 * HOUR, sender);
    for (const device of [1, 2]) expect(nths(`device:${device}`)).toEqual([1, 2, 3]);
    expect(await states()).toEqual({ delivered: 6 });
    expect(await webhook(id)).toMatchObject({ waiting: 0, lastError: null });
  });

  it('are tried 8 times within a day, and end the webhook when nothing has arrived', async () => {
    const id = await make();
    answer = () => ({ status: 500, error: 'The receiver answered 500.' });
    await happen('device:1', 1);
    await happen('device:1', 2);
    await plan(2);
    const sender = server();
    const begin = now;
    await pass(24 * HOUR, sender);
    expect(nths('device:1')).toEqual(new Array(8).fill(1));
    expect((sent.at(-1)!.at - begin) / HOUR).toBeCloseTo(23.6, 1);
    expect(await states()).toEqual({ failed: 2 });
    expect(await webhook(id)).toMatchObject({
      isActive: false,
      waiting: 0,
      disabledBecause: 'Nothing has arrived for a day.',
      lastError: 'The receiver answered 500.',
    });
    await happen('device:1', 3);
    await planner.plan(new Date(now));
    await pass(24 * HOUR, sender);
    expect(sent).toHaveLength(8);
  });

  it('of one entity go on after one that its receiver never takes, when others arrive', async () => {
    const id = await make();
    answer = ({ entity, nth }) => (entity === 'device:1' && nth === 1 ? DOWN : ARRIVED);
    await happen('device:1', 1);
    await happen('device:1', 2);
    await plan(2);
    const sender = server();
    await pass(HOUR, sender);
    await happen('device:2', 1);
    await plan(3);
    await pass(24 * HOUR, sender);
    expect(nths('device:2')).toEqual([1]);
    expect(nths('device:1').at(-1)).toBe(2);
    expect(await webhook(id)).toMatchObject({ isActive: true, waiting: 0 });
    expect(await states()).toEqual({ delivered: 2, failed: 1 });
  });

  it('end at once when the receiver says that it is gone', async () => {
    const id = await make();
    answer = () => ({ status: 410, error: 'The receiver answered 410.' });
    await happen('device:1', 1);
    await plan(1);
    await pass(MINUTE, server());
    expect(sent).toHaveLength(1);
    expect(await webhook(id)).toMatchObject({ isActive: false, disabledBecause: /gone/ });
  });

  it('are shared by two servers without doubling', async () => {
    await make();
    answer = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return ARRIVED;
    };
    for (let nth = 1; nth <= 10; nth++)
      for (let device = 1; device <= 6; device++) await happen(`device:${device}`, nth);
    await Promise.all([planner.plan(new Date(now)), planner.plan(new Date(now))]);
    await plan(60);
    await pass(0, server(), server());
    expect(sent).toHaveLength(60);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(60);
    for (let device = 1; device <= 6; device++) {
      expect(nths(`device:${device}`)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
  });

  it('of a server that died in the midst are tried by another', async () => {
    await make();
    answer = () => new Promise(() => undefined);
    await happen('device:1', 1);
    await plan(1);
    const dead = server();
    await dead.pump();
    await eventually(async () => {
      await Promise.resolve();
      expect(sent).toHaveLength(1);
    });
    senders.length = 0;
    answer = () => ARRIVED;
    const other = server();
    await other.idle();
    expect(sent).toHaveLength(1);
    now += 61 * SECOND;
    await other.idle();
    expect(sent.map(({ id }) => id)).toEqual([sent[0]!.id, sent[0]!.id]);
    expect(await states()).toEqual({ delivered: 1 });
  });

  it('of a server that stops are left to others at once', async () => {
    await make();
    const sending = server();
    let end: (receipt: Receipt) => void = () => undefined;
    answer = () => new Promise((resolve) => (end = resolve));
    await happen('device:1', 1);
    await plan(1);
    await sending.pump();
    await eventually(async () => {
      await Promise.resolve();
      expect(sent).toHaveLength(1);
    });
    const stopped = sending.stop(0);
    await new Promise((resolve) => setTimeout(resolve, 5));
    end({ status: null, error: 'The receiver could not be reached: ABORT_ERR.' });
    await stopped;
    answer = () => ARRIVED;
    await server().idle();
    const [row] = await database.query('SELECT state, tries FROM webhook_delivery');
    expect(row).toEqual({ state: 'delivered', tries: 1 });
  });

  it('to a slow receiver keep no other one waiting', async () => {
    await make('slow');
    await make('quick');
    const slow: (() => void)[] = [];
    answer = ({ url }) =>
      url.endsWith('slow')
        ? new Promise((resolve) => {
            slow.push(() => {
              resolve(ARRIVED);
            });
          })
        : ARRIVED;
    for (let device = 1; device <= 20; device++) await happen(`device:${device}`, 1);
    await plan(40);
    const sender = server();
    await sender.pump();
    await eventually(async () => {
      await sender.pump();
      expect(sent.filter(({ url }) => url.endsWith('quick'))).toHaveLength(20);
    });
    expect(slow).toHaveLength(4);
    const done = sender.idle();
    await eventually(async () => {
      for (const end of slow.splice(0)) end();
      await Promise.resolve();
      expect(sent).toHaveLength(40);
    });
    for (const end of slow.splice(0)) end();
    await done;
    expect(await states()).toEqual({ delivered: 40 });
  });

  it('are planned once, also when many happen while servers plan', async () => {
    await make();
    const planning = new AbortController();
    const planners = [1, 2].map(async () => {
      while (!planning.signal.aborted) await planner.plan(new Date(now));
    });
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let nth = 1; nth <= 25; nth++) await happen(`device:${writer}`, nth);
    });
    await Promise.all(writers);
    await plan(100);
    planning.abort();
    await Promise.all(planners);
    const rows = await database.query<{ entity: string; nths: number[] }>(
      `SELECT entity, array_agg((body::jsonb #>> '{data,nth}')::int ORDER BY id) AS nths
         FROM webhook_delivery GROUP BY entity`,
    );
    const inOrder = Array.from({ length: 25 }, (_, index) => index + 1);
    expect(rows.map((row) => row.nths)).toEqual([inOrder, inOrder, inOrder, inOrder]);
  });

  it('end for a webhook for which too many wait', async () => {
    const id = await make();
    await database.query('UPDATE webhook SET waiting = 100000 WHERE id = $1', [id]);
    await happen('device:1', 1);
    await eventually(async () => {
      await planner.plan(new Date(now));
      expect(await webhook(id)).toMatchObject({ isActive: false, waiting: 0, disabledBecause: /100000/ });
    });
    expect(await states()).toEqual({});
  });

  it('begin with what happens after the webhook was made', async () => {
    await happen('device:1', 1);
    // While a transaction that is older is running, anywhere, a webhook is told of what happened just before, too.
    await eventually(async () => {
      const [newest] = await database.query<{ place: string }>('SELECT max(place) AS place FROM event');
      const end = await webhooks.transaction((manager) => events.end(manager));
      expect(end.place).toBeGreaterThan(Number(newest?.place));
    });
    await make();
    await happen('device:1', 2);
    await plan(1);
    await pass(0, server());
    expect(nths('device:1')).toEqual([2]);
  });

  it('are of events that stay until they are planned', async () => {
    await make();
    await happen('device:1', 1);
    await database.query(`UPDATE event SET at = now() - interval '30 hours'`);
    expect(await events.deleteOld(24, await deliveries.position(), 100)).toBe(0);
    await plan(1);
    expect(await events.deleteOld(24, await deliveries.position(), 100)).toBe(1);
    await pass(0, server());
    expect(nths('device:1')).toEqual([1]);
    expect(await deliveries.deleteOld(24, 100)).toBe(0);
    await database.query(`UPDATE webhook_delivery SET ended_at = now() - interval '25 hours'`);
    expect(await deliveries.deleteOld(24, 100)).toBe(1);
  });
});
