import fc from 'fast-check';
import { isEnded, ATTEMPT_STATUSES, type AttemptStatus } from '../domain/ota-attempt.js';
import {
  planAttempts,
  type Attempt,
  type AttemptKey,
  type DeviceReport,
  type Offer,
} from './plan-attempts.js';
import { samples } from '../../test/support/samples.js';

type Event = ({ kind: 'offer' } & Offer) | ({ kind: 'report' } & DeviceReport);

/** The rows of a database, as the repository reads and writes them. */
class Rows {
  private rows: Attempt[] = [];

  write(offers: readonly Offer[], reports: readonly DeviceReport[]): number[] {
    const plan = planAttempts(offers, reports, this.historiesFor(offers));
    for (const changed of plan.changed) this.rows[changed.id - 1] = copyOf(changed);
    for (const opened of plan.opened) {
      opened.id = this.rows.length + 1;
      this.rows.push(copyOf(opened));
    }
    return plan.results.map(({ attempt }) => attempt.id);
  }

  /** The newest few where there are offers, the newest one otherwise. */
  private historiesFor(offers: readonly Offer[]): Attempt[] {
    const all = this.read();
    const isOf = (row: Attempt, key: AttemptKey): boolean =>
      row.deviceId === key.deviceId && row.firmwareId === key.firmwareId;
    return all.filter((row, index) => {
      const depth = offers.some((offer) => isOf(row, offer)) ? 8 : 1;
      return all.slice(index + 1).filter((later) => isOf(later, row)).length < depth;
    });
  }

  /** In the order in which the attempts of each were opened. */
  read(): Attempt[] {
    return this.rows.map(copyOf).sort((a, b) => a.record.openedAt - b.record.openedAt || a.id - b.id);
  }

  /** What each attempt came to, by device and firmware. */
  outcomes(): Record<string, string[]> {
    const all: Record<string, string[]> = {};
    for (const { deviceId, firmwareId, record } of this.read()) {
      const { status, errorMessage, bytesDownloaded } = record.state;
      (all[`${deviceId}:${firmwareId}`] ??= []).push(`${status} ${errorMessage} ${bytesDownloaded}`);
    }
    return all;
  }
}

const copyOf = ({ record, ...rest }: Attempt): Attempt => ({ ...rest, record: structuredClone(record) });

/** What would be there if each event had been written when it came. */
function atOnce(events: readonly Event[]): Rows {
  const rows = new Rows();
  for (const event of events) {
    if (event.kind === 'offer') rows.write([event], []);
    else rows.write([], [event]);
  }
  return rows;
}

const key = { deviceId: fc.integer({ min: 1, max: 2 }), firmwareId: fc.integer({ min: 1, max: 2 }) };
const said = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('offer' as const), ...key }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('report' as const),
      ...key,
      status: fc.constantFrom(...ATTEMPT_STATUSES, 'failed' as const, 'failed' as const),
    }),
  },
);
/** What devices say, one thing after the other. */
const story = fc.array(said, { maxLength: 20 }).map((events) =>
  events.map((event, index): Event => {
    const at = (index + 1) * 10;
    return event.kind === 'offer' ? { ...event, at } : { ...event, at, errorMessage: `report ${index}` };
  }),
);

describe('the attempts of devices', () => {
  it('are the same however late offers are written, and in whichever order', () => {
    fc.assert(
      fc.property(story, fc.array(fc.nat(30), { minLength: 20, maxLength: 20 }), (events, delays) => {
        const rows = new Rows();
        // Reports are written as they come, by whichever server; offers when their turn comes.
        const steps = events
          .map((event, index) => ({ event, turn: index + (event.kind === 'offer' ? delays[index]! : 0) }))
          .sort((a, b) => a.turn - b.turn);
        for (const { event } of steps) {
          if (event.kind === 'offer') rows.write([event], []);
          else rows.write([], [event]);
        }
        expect(rows.outcomes()).toEqual(atOnce(events).outcomes());
      }),
      { numRuns: samples(500) },
    );
  });

  it('are the same when reports take the waiting offers along, and those are written again later', () => {
    fc.assert(
      fc.property(story, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (events, flushes) => {
        const rows = new Rows();
        const waiting: Offer[] = [];
        events.forEach((event, index) => {
          if (event.kind === 'offer') waiting.push(event);
          else
            rows.write(
              waiting.filter(
                ({ deviceId, firmwareId }) => deviceId === event.deviceId && firmwareId === event.firmwareId,
              ),
              [event],
            );
          if (flushes[index]) rows.write(waiting, []);
        });
        rows.write(waiting, []);
        expect(rows.outcomes()).toEqual(atOnce(events).outcomes());
      }),
      { numRuns: samples(500) },
    );
  });

  it('are the same however reports are cut into batches', () => {
    fc.assert(
      fc.property(story, fc.nat(20), (events, cut) => {
        const rows = new Rows();
        for (const part of [events.slice(0, cut), events.slice(cut)]) {
          const of = <K extends Event['kind']>(kind: K) =>
            part.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind);
          rows.write(of('offer'), of('report'));
        }
        expect(rows.outcomes()).toEqual(atOnce(events).outcomes());
      }),
      { numRuns: samples(300) },
    );
  });

  it.each<[string, AttemptStatus[], number]>([
    ['fails at once, each time that it asks', ['failed', 'failed', 'failed'], 3],
    ['succeeds, and is offered the same again', ['success', 'success'], 2],
  ])('are one for each try of a device that %s', (_, ends, tries) => {
    const rows = new Rows();
    const key = { deviceId: 1, firmwareId: 1 };
    const offers = ends.map((_unused, index) => ({ ...key, at: index * 100 }));
    ends.forEach((status, index) => rows.write([], [{ ...key, status, at: index * 100 + 20 }]));
    for (const offer of offers.reverse()) rows.write([offer], []);
    const all = rows.read();
    expect(all.map(({ record }) => record.state.status)).toEqual(ends);
    expect(all).toHaveLength(tries);
    expect(all.every(({ record }) => isEnded(record.state.status))).toBe(true);
  });

  it('answer a report with where the attempt stood then', () => {
    const steps = ['downloading', 'installing', 'success'] as const;
    const given = steps.map((status, at) => ({ deviceId: 1, firmwareId: 1, status, at }));
    const plan = planAttempts([], given, []);
    expect(plan.opened).toHaveLength(1);
    expect(plan.results.map(({ status }) => status)).toEqual(steps);
  });
});
