import fc from 'fast-check';
import {
  lastUpdateOf,
  loopingFirmware,
  nextUpdate,
  NO_PROGRESS,
  progressAfter,
  type AttemptNews,
  type DeviceProgress,
} from './device-update.js';
import { ATTEMPT_STATUSES, type AttemptStatus } from './ota-attempt.js';

const news = (
  firmwareId: number,
  status: AttemptStatus,
  changedAt: number,
  errorMessage: string | null = null,
): AttemptNews => ({ firmwareId, status, changedAt, errorMessage, isInstalled: false });
const after = (...all: readonly AttemptNews[]): string => {
  const update = all.reduce(progressAfter, NO_PROGRESS).update;
  return `${update?.firmwareId} ${update?.status}`;
};

describe('the update of a device', () => {
  it.each<[string, AttemptNews[], string]>([
    ['that was offered a firmware', [news(1, 'pending', 1)], '1 pending'],
    ['that goes on', [news(1, 'pending', 1), news(1, 'downloading', 2)], '1 downloading'],
    ['that failed and was offered it again', [news(1, 'failed', 1), news(1, 'pending', 2)], '1 failed'],
    ['that failed and tries again', [news(1, 'failed', 1), news(1, 'downloading', 2)], '1 downloading'],
    ['that failed and then did it', [news(1, 'failed', 1), news(1, 'success', 2)], '1 success'],
    ['that did it and is offered the next', [news(1, 'success', 1), news(2, 'pending', 2)], '2 pending'],
    ['that did it and is offered it again', [news(1, 'success', 1), news(1, 'pending', 2)], '1 success'],
    ['that failed and is offered another', [news(1, 'failed', 1), news(2, 'pending', 2)], '2 pending'],
    ['of whose old attempt something is heard', [news(2, 'pending', 5), news(1, 'failed', 4)], '2 pending'],
    ['that ended before its step was heard', [news(1, 'installing', 5), news(1, 'success', 5)], '1 success'],
    ['at two firmware at the same moment', [news(2, 'pending', 5), news(1, 'failed', 5)], '2 pending'],
  ])('%s', (_what, all, expected) => {
    expect(after(...all)).toBe(expected);
  });

  it.each([
    ['rolled back; reset reason: panic', true],
    ['rolled back; boot partition is not the running one', true],
    ['diagnostics failed; reset reason: software', true],
    ['simulated: the new image did not start and was rolled back', true],
    ['secure version is too low', false],
    ['this version failed before', false],
    ['image failed verification', false],
    [null, false],
  ])('with the message %s was rolled back: %p', (message, expected) => {
    expect(nextUpdate(null, news(1, 'failed', 1, message)).isRolledBack).toBe(expected);
    expect(nextUpdate(null, news(1, 'success', 1, message)).isRolledBack).toBe(false);
  });

  const anyNews = fc.record<AttemptNews>({
    firmwareId: fc.integer({ min: 1, max: 3 }),
    status: fc.constantFrom(...ATTEMPT_STATUSES),
    changedAt: fc.integer({ min: 1, max: 6 }),
    errorMessage: fc.constantFrom(null, 'rolled back'),
    isInstalled: fc.constant(false),
  });
  const anyProgress = fc.array(anyNews).map((all): DeviceProgress => all.reduce(progressAfter, NO_PROGRESS));

  it('stays as it is when the same is heard again', () => {
    fc.assert(
      fc.property(anyProgress, anyNews, ({ update }, heard) => {
        const next = nextUpdate(update, heard);
        expect(nextUpdate(next, heard)).toEqual(next);
      }),
    );
  });

  it('never goes back in time, and shows every end that is the newest', () => {
    fc.assert(
      fc.property(anyProgress, anyNews, ({ update }, heard) => {
        const next = nextUpdate(update, heard);
        expect(next.changedAt).toBeGreaterThanOrEqual(update?.changedAt ?? 0);
        if (heard.status !== 'pending' && heard.changedAt > (update?.changedAt ?? 0)) {
          expect(next).toMatchObject({ firmwareId: heard.firmwareId, status: heard.status });
        }
      }),
    );
  });

  it('does not depend on the order in which attempts beyond an offer become known', () => {
    const begun = anyNews.filter(({ status }) => status !== 'pending');
    const distinct = fc.uniqueArray(begun, { selector: ({ changedAt }) => changedAt, minLength: 1 });
    const inTwoOrders = distinct.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(inTwoOrders, ([all, shuffled]) => {
        expect(shuffled.reduce(progressAfter, NO_PROGRESS)).toEqual(all.reduce(progressAfter, NO_PROGRESS));
      }),
    );
  });

  it('is told in milliseconds', () => {
    expect(lastUpdateOf(nextUpdate(null, news(1, 'failed', 1_500, 'rolled back')))).toEqual({
      status: 'failed',
      isRolledBack: true,
      changedAt: 1.5,
    });
  });
});

describe('installations', () => {
  const installed = (firmwareId: number): AttemptNews => ({
    ...news(firmwareId, 'success', 1),
    isInstalled: true,
  });
  const successesAfter = (...ids: readonly number[]) =>
    ids.map(installed).reduce(progressAfter, NO_PROGRESS).successes;

  it('are counted for each firmware', () => {
    expect(successesAfter(7, 8, 7)).toEqual({ 7: 2, 8: 1 });
    expect(loopingFirmware(successesAfter(7, 8, 7))).toEqual([]);
    expect(loopingFirmware(successesAfter(7, 8, 7, 7))).toEqual([7]);
    expect(loopingFirmware(null)).toEqual([]);
  });

  it('are not counted for what has not just ended', () => {
    expect(progressAfter(NO_PROGRESS, news(7, 'success', 1)).successes).toBeNull();
  });

  it('are counted for the newest firmware', () => {
    const many = successesAfter(...Array.from({ length: 20 }, (_, index) => index + 95));
    expect(Object.keys(many ?? {}).map(Number)).toEqual(Array.from({ length: 16 }, (_, n) => n + 99));
  });
});
