import fc from 'fast-check';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { comparePlaces, type EventPlace } from '../../src/domain/event-place.js';
import { EventEntity } from '../../src/events/event.entity.js';
import { EventLog } from '../../src/events/event-log.js';
import { EventRepository, type RecordedEvent } from '../../src/events/event.repository.js';
import type { NewEvent } from '../../src/events/new-event.js';
import { eventually } from '../support/http-client.js';
import { samples } from '../support/samples.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const START: EventPlace = { place: 0, id: 0 };
const about = (device: number, nth: number): NewEvent => ({
  type: 'device.blocked',
  entity: `device:${device}`,
  data: { nth },
});

/** A transaction that stays open until it is told to end. */
class Session {
  private client!: pg.Client;

  static async begin(url: string): Promise<Session> {
    const session = new Session();
    session.client = new pg.Client({ connectionString: url });
    await session.client.connect();
    await session.client.query('BEGIN');
    return session;
  }

  /** As EntityManager. */
  readonly query = async (sql: string, values: unknown[] = []): Promise<unknown[]> =>
    (await this.client.query(sql, values)).rows;

  async end(how: 'COMMIT' | 'ROLLBACK' = 'COMMIT'): Promise<void> {
    await this.client.query(how);
    await this.client.end();
  }
}

describe('the outbox', () => {
  let database: TestDatabase;
  let source: DataSource;
  let events: EventRepository;
  let log: EventLog;

  beforeEach(async () => {
    database = await createTestDatabase();
    source = await new DataSource(dataSourceOptions(database.url)).initialize();
    events = new EventRepository(source.getRepository(EventEntity));
    log = new EventLog(events);
  });
  afterEach(async () => {
    await source.destroy();
    await database.drop();
  });

  const record = (session: Session, ...added: NewEvent[]): Promise<void> =>
    log.record(session as never, added);

  /** Reads like a stream: again and again, behind what was read. */
  class Reader {
    private at = START;
    readonly read: RecordedEvent[] = [];

    async go(limit = 1_000): Promise<void> {
      for (;;) {
        const page = await events.readAfter(this.at, limit);
        this.read.push(...page.events);
        this.at = page.end;
        if (!page.isFull) return;
      }
    }

    get nths(): unknown[] {
      return this.read.map(({ data }) => (data as { nth: number }).nth);
    }
  }

  it('gives back what was recorded, in order, once', async () => {
    const reader = new Reader();
    await log.recordAlone(about(1, 1));
    await eventually(async () => {
      await reader.go();
      expect(reader.nths).toEqual([1]);
    });
    const session = await Session.begin(database.url);
    await record(session, about(2, 2), about(3, 3), about(2, 4));
    await session.end();
    await eventually(async () => {
      await reader.go(2);
      expect(reader.nths).toEqual([1, 2, 3, 4]);
    });
    expect(reader.read[0]).toMatchObject({
      type: 'device.blocked',
      entity: 'device:1',
      at: expect.any(Date),
    });
  });

  describe('which several events of a transaction share a row of', () => {
    const recordTogether = (...added: NewEvent[]): Promise<void> =>
      events.transaction((manager) => log.record(manager, added));
    const range = (from: number, count: number): number[] =>
      Array.from({ length: count }, (_, index) => from + index);

    /** Some that share a row, some alone, and more than fit in one row. */
    async function recordSome(): Promise<readonly RecordedEvent[]> {
      await recordTogether(...range(0, 5).map((nth) => about(nth, nth)));
      await log.recordAlone(about(1, 5));
      await recordTogether(...range(6, 1_030).map((nth) => about(nth % 7, nth)));
      const reader = new Reader();
      await eventually(async () => {
        await reader.go(300);
        expect(reader.nths).toEqual(range(0, 1_036));
      });
      return reader.read;
    }

    it('is read from any of them on and up to any, in order', async () => {
      const all = await recordSome();
      expect(all).toEqual([...all].sort(comparePlaces));
      const [counted] = await database.query<{ rows: string }>('SELECT count(*) AS rows FROM event');
      expect(Number(counted?.rows)).toBe(4);
      await fc.assert(
        fc.asyncProperty(
          fc.nat(1_036),
          fc.nat(1_035),
          fc.integer({ min: 1, max: 600 }),
          async (from, to, limit) => {
            const read = await events.readBetween(all[from - 1] ?? START, all[to]!, limit);
            expect(read).toEqual(all.slice(from, to + 1).slice(0, limit));
          },
        ),
        {
          numRuns: samples(60),
          examples: [
            [0, 1_035, 600],
            [1, 3, 600],
            [5, 5, 1],
            [1_029, 1_035, 600],
          ],
        },
      );
    });

    it('keeps what its events say as it is', async () => {
      const odd: NewEvent[] = ['"\\ \u2028 é 😀 {}[],', '', null, { a: [1.5, null, { b: true }] }].map(
        (value, index) => ({ type: 'attempt.failed', entity: `attempt:"${index}\\`, data: { value } }),
      );
      await recordTogether(...odd);
      const reader = new Reader();
      await eventually(async () => {
        await reader.go();
        expect(reader.read.map(({ type, entity, data }) => ({ type, entity, data }))).toEqual(odd);
      });
    });

    it('is cut when its last event may go, and not before', async () => {
      const all = await recordSome();
      await database.query(`UPDATE event SET at = now() - interval '25 hours'`);
      expect(await events.deleteOld(24, all[3]!, 100)).toBe(0);
      expect(await events.deleteOld(24, all[4]!, 100)).toBe(1);
      expect(await events.readBetween(START, all[5]!, 10)).toMatchObject([{ data: { nth: 5 } }]);
    });

    it('is numbered anew as not told when its last event was not', async () => {
      const [, , third] = await recordSome();
      await database.query('UPDATE webhook_position SET (place, id) = ($1, $2)', [third!.place, third!.id]);
      await database.query('SELECT renumber_events()');
      const [position] = await database.query<{ place: string; id: string }>(
        'SELECT place, id FROM webhook_position',
      );
      const from = { place: Number(position!.place), id: Number(position!.id) };
      await eventually(async () => {
        const { events: untold } = await events.readAfter(from, 2_000);
        expect(untold.map(({ data }) => (data as { nth: number }).nth)).toEqual(range(0, 1_036));
      });
    });
  });

  it('loses nothing of a transaction that began first and committed last', async () => {
    const reader = new Reader();
    const first = await Session.begin(database.url);
    await record(first, about(1, 1));
    const second = await Session.begin(database.url);
    await record(second, about(2, 2));
    await second.end();
    await reader.go();
    expect(reader.nths).toEqual([]);
    await first.end();
    await eventually(async () => {
      await reader.go();
      expect(reader.nths).toHaveLength(2);
    });
    expect([...reader.nths].sort()).toEqual([1, 2]);
  });

  it('gives nothing of what was rolled back', async () => {
    const reader = new Reader();
    const session = await Session.begin(database.url);
    await record(session, about(1, 1));
    await session.end('ROLLBACK');
    await log.recordAlone(about(2, 2));
    await eventually(async () => {
      await reader.go();
      expect(reader.nths).toEqual([2]);
    });
  });

  it('keeps the order of an entity also when the transaction with the lower number comes later', async () => {
    const reader = new Reader();
    // It has its number, and waits for what the other one has locked.
    const early = await Session.begin(database.url);
    await early.query('SELECT pg_current_xact_id()');
    const late = await Session.begin(database.url);
    await record(late, about(1, 1));
    await late.end();
    await record(early, about(1, 2));
    await reader.go();
    await early.end();
    await eventually(async () => {
      await reader.go();
      expect(reader.nths).toEqual([1, 2]);
    });
  });

  it('is read to its end when nothing else happens, whatever ended before', async () => {
    const reader = new Reader();
    const slow = await Session.begin(database.url);
    await slow.query('SELECT pg_current_xact_id()');
    for (let nth = 0; nth < 5; nth++) await log.recordAlone(about(9, nth));
    await record(slow, about(1, 5));
    await slow.end();
    await eventually(async () => {
      await reader.go();
      expect(reader.nths).toEqual([0, 1, 2, 3, 4, 5]);
    });
  });

  it('holds the promise of order and completeness under many writers', async () => {
    await database.query('CREATE TABLE lock_of_entity (id int PRIMARY KEY, nth int NOT NULL)');
    await database.query('INSERT INTO lock_of_entity SELECT id, 0 FROM generate_series(1, 4) AS id');
    const reader = new Reader();
    const writing = new AbortController();
    const reading = (async () => {
      while (!writing.signal.aborted) await reader.go(7);
    })();
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      for (let round = 0; round < 20; round++) {
        await events.transaction(async (manager) => {
          // Some have their number long before their turn.
          if ((writer + round) % 2 === 0) await manager.query('SELECT pg_current_xact_id()');
          const entity = ((writer + round) % 4) + 1;
          const [rows] = await manager.query<[{ nth: number }[], number]>(
            'UPDATE lock_of_entity SET nth = nth + 1 WHERE id = $1 RETURNING nth',
            [entity],
          );
          await log.record(manager, [about(entity, rows[0]!.nth)]);
        });
      }
    });
    await Promise.all(writers);
    await eventually(async () => {
      await Promise.resolve();
      expect(reader.read).toHaveLength(120);
    });
    writing.abort();
    await reading;
    for (const entity of [1, 2, 3, 4]) {
      const nths = reader.read.flatMap(({ entity: of, data }) =>
        of === `device:${entity}` ? [(data as { nth: number }).nth] : [],
      );
      expect(nths).toEqual(nths.map((_, index) => index + 1));
    }
  });

  it('wakes up others for what does not come in masses, and only when it is committed', async () => {
    const listener = new pg.Client({ connectionString: database.url });
    await listener.connect();
    await listener.query('LISTEN event_recorded');
    let heard = 0;
    listener.on('notification', () => (heard += 1));
    await log.recordAlone({ type: 'attempt.failed', entity: 'attempt:1', data: {} });
    await listener.query('SELECT 1');
    expect(heard).toBe(0);
    await log.recordAlone(about(1, 1));
    await eventually(async () => {
      await listener.query('SELECT 1');
      expect(heard).toBe(1);
    });
    await listener.end();
  });

  it('is cut at its old end, and not what is younger or still to be delivered', async () => {
    for (let nth = 0; nth < 6; nth++) await log.recordAlone(about(1, nth));
    await database.query(`UPDATE event SET at = now() - interval '25 hours' WHERE (data ->> 'nth')::int < 4`);
    const [third] = (await database.query(`SELECT place, id FROM event WHERE data ->> 'nth' = '2'`)) as [
      { place: string; id: string },
    ];
    const place = { place: Number(third.place), id: Number(third.id) };
    expect(await events.deleteOld(24, { ...place, id: place.id - 1 }, 100)).toBe(2);
    expect(await events.deleteOld(24, null, 1)).toBe(1);
    expect(await events.deleteOld(24, null, 100)).toBe(1);
    const rows = await database.query(`SELECT data -> 'nth' AS nth FROM event ORDER BY id`);
    expect(rows.map(({ nth }) => nth as number)).toEqual([4, 5]);
  });

  it('is numbered anew for another database, where what was delivered stays before the rest', async () => {
    for (let nth = 0; nth < 4; nth++) await log.recordAlone(about(1, nth));
    // As of a database that has seen many more transactions.
    await database.query('UPDATE event SET place = place + 1000000000');
    await database.query(
      `UPDATE webhook_position SET (place, id) = (SELECT place, id FROM event WHERE data ->> 'nth' = '1')`,
    );
    const reader = new Reader();
    await reader.go();
    expect(reader.nths).toEqual([]);
    await database.query('SELECT renumber_events()');
    await eventually(async () => {
      const another = new Reader();
      await another.go();
      expect(another.nths).toEqual([0, 1, 2, 3]);
    });
    const undelivered = await database.query(
      `SELECT data -> 'nth' AS nth FROM event
        WHERE (place, id) > (SELECT place, id FROM webhook_position) ORDER BY place, id`,
    );
    expect(undelivered.map(({ nth }) => nth as number)).toEqual([2, 3]);
  });
});
