import fc from 'fast-check';
import {
  applyReport,
  ATTEMPT_STATUSES,
  isEnded,
  MAX_ERROR_MESSAGE,
  type AttemptReport,
  type AttemptState,
  type AttemptStatus,
  type ReportOutcome,
} from './ota-attempt.js';

const T0 = new Date('2026-01-01T00:00:00Z');
const T1 = new Date('2026-01-01T00:01:00Z');

const anAttempt = (status: AttemptStatus, more: Partial<AttemptState> = {}): AttemptState => ({
  status,
  errorMessage: null,
  bytesDownloaded: 0,
  downloadStartedAt: null,
  downloadCompletedAt: null,
  installedAt: null,
  ...more,
});

describe('a report meets the newest attempt', () => {
  // Each row: the newest attempt's status, the report, what becomes of it.
  it.each<[AttemptStatus | 'none', AttemptStatus, string]>([
    ['none', 'pending', 'open pending'],
    ['none', 'downloading', 'open downloading'],
    ['none', 'installing', 'open installing'],
    ['none', 'success', 'open success'],
    ['none', 'failed', 'open failed'],
    ['pending', 'pending', 'advance pending'],
    ['pending', 'downloading', 'advance downloading'],
    ['pending', 'installing', 'advance installing'],
    ['pending', 'success', 'advance success'],
    ['pending', 'failed', 'advance failed'],
    ['downloading', 'pending', 'advance downloading'],
    ['downloading', 'downloading', 'advance downloading'],
    ['downloading', 'installing', 'advance installing'],
    ['downloading', 'success', 'advance success'],
    ['downloading', 'failed', 'advance failed'],
    ['installing', 'pending', 'advance installing'],
    ['installing', 'downloading', 'advance installing'],
    ['installing', 'installing', 'advance installing'],
    ['installing', 'success', 'advance success'],
    ['installing', 'failed', 'advance failed'],
    ['success', 'pending', 'open pending'],
    ['success', 'downloading', 'open downloading'],
    ['success', 'installing', 'open installing'],
    ['success', 'success', 'repeat'],
    ['success', 'failed', 'open failed'],
    ['failed', 'pending', 'open pending'],
    ['failed', 'downloading', 'open downloading'],
    ['failed', 'installing', 'open installing'],
    ['failed', 'success', 'open success'],
    ['failed', 'failed', 'repeat'],
  ])('%s, then %s: %s', (latest, status, expected) => {
    const outcome = applyReport(latest === 'none' ? null : anAttempt(latest), { status }, T1);
    expect(outcome.kind === 'repeat' ? 'repeat' : `${outcome.kind} ${outcome.state.status}`).toBe(expected);
  });

  it.each<[AttemptStatus, Partial<AttemptState>]>([
    ['pending', {}],
    ['downloading', { downloadStartedAt: T1 }],
    ['installing', { downloadCompletedAt: T1 }],
    ['success', { downloadCompletedAt: T1, installedAt: T1 }],
    ['failed', {}],
  ])('the first %s sets its timestamps', (status, stamps) => {
    expect(applyReport(null, { status }, T1)).toEqual({ kind: 'open', state: anAttempt(status, stamps) });
  });

  it('timestamps once set never move', () => {
    const open = anAttempt('installing', { downloadStartedAt: T0, downloadCompletedAt: T0 });
    expect(applyReport(open, { status: 'success' }, T1)).toMatchObject({
      state: { downloadStartedAt: T0, downloadCompletedAt: T0, installedAt: T1 },
    });
  });

  it('keeps the highest count of bytes and the last message', () => {
    const open = anAttempt('downloading', { bytesDownloaded: 4096, errorMessage: 'weak signal' });
    expect(applyReport(open, { status: 'downloading', bytesDownloaded: 100 }, T1)).toMatchObject({
      state: { bytesDownloaded: 4096, errorMessage: 'weak signal' },
    });
    expect(applyReport(open, { status: 'failed', errorMessage: 'lost' }, T1)).toMatchObject({
      state: { errorMessage: 'lost' },
    });
  });

  it('cuts a long message at whole characters and keeps what PostgreSQL cannot store as a mark', () => {
    const outcome = applyReport(null, { status: 'failed', errorMessage: '💥'.repeat(3000) }, T1);
    expect(outcome).toMatchObject({ state: { errorMessage: '💥'.repeat(MAX_ERROR_MESSAGE) } });
    expect(applyReport(null, { status: 'failed', errorMessage: 'a\0b' }, T1)).toMatchObject({
      state: { errorMessage: 'a\uFFFDb' },
    });
  });
});

describe('properties of attempts', () => {
  const report = fc.record<AttemptReport>({
    status: fc.constantFrom(...ATTEMPT_STATUSES),
    bytesDownloaded: fc.option(fc.nat(), { nil: undefined }),
  });

  it('whatever is reported in whatever order, an ended attempt never changes and bytes never shrink', () => {
    fc.assert(
      fc.property(fc.array(report, { maxLength: 20 }), (reports) => {
        let latest: AttemptState | null = null;
        for (const next of reports) {
          const outcome: ReportOutcome<AttemptState> = applyReport<AttemptState>(latest, next, T1);
          if (outcome.kind === 'repeat') continue;
          if (outcome.kind === 'advance') {
            expect(latest && !isEnded(latest.status)).toBe(true);
            expect(outcome.state.bytesDownloaded).toBeGreaterThanOrEqual(latest?.bytesDownloaded ?? 0);
          }
          latest = outcome.state;
        }
      }),
    );
  });

  it('the same report again changes nothing', () => {
    fc.assert(
      fc.property(report, report, (before, next) => {
        const first = applyReport(null, before, T0);
        if (first.kind === 'repeat') return;
        const once = applyReport(first.state, next, T0);
        const state = once.kind === 'repeat' ? first.state : once.state;
        const twice = applyReport(state, next, T1);
        if (twice.kind !== 'repeat') expect(twice).toMatchObject({ kind: 'advance', state });
      }),
    );
  });
});
