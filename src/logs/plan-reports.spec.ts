import fc from 'fast-check';
import { ATTEMPT_STATUSES, applyReport, type AttemptState } from '../domain/ota-attempt.js';
import { planReports, type Attempt, type DeviceReport } from './plan-reports.js';

const NOW = new Date('2026-01-31T12:00:00Z');

const reports = fc.array(
  fc.record({
    deviceId: fc.integer({ min: 1, max: 3 }),
    firmwareId: fc.integer({ min: 1, max: 2 }),
    status: fc.constantFrom(...ATTEMPT_STATUSES),
    bytesDownloaded: fc.option(fc.nat(1000), { nil: undefined }),
    errorMessage: fc.option(fc.string(), { nil: undefined }),
  }),
  { maxLength: 20 },
);

interface Row {
  readonly deviceId: number;
  readonly firmwareId: number;
  readonly state: AttemptState;
}

/** What one transaction for each report would leave behind: rows by id, and the row of each report. */
function oneByOne(given: readonly DeviceReport[]): { rows: Row[]; ids: number[] } {
  const rows: Row[] = [];
  const ids = given.map(({ deviceId, firmwareId, ...report }) => {
    const id = rows.findLastIndex((row) => row.deviceId === deviceId && row.firmwareId === firmwareId);
    const outcome = applyReport(rows[id]?.state ?? null, report, NOW);
    if (outcome.kind === 'open') return rows.push({ deviceId, firmwareId, state: outcome.state }) - 1;
    if (outcome.kind === 'advance') rows[id] = { deviceId, firmwareId, state: outcome.state };
    return id;
  });
  return { rows, ids };
}

/** Writes a plan as the repository does. */
function write(rows: Row[], given: readonly DeviceReport[]): number[] {
  const latest = new Map<string, Attempt>();
  rows.forEach(({ deviceId, firmwareId, state }, place) => {
    latest.set(`${deviceId}:${firmwareId}`, { id: place + 1, deviceId, firmwareId, state });
  });
  const plan = planReports(given, [...latest.values()], NOW);
  for (const { id, ...row } of plan.advanced) rows[id - 1] = row;
  for (const attempt of plan.opened) {
    const { deviceId, firmwareId, state } = attempt;
    attempt.id = rows.push({ deviceId, firmwareId, state });
  }
  return plan.results.map(({ attempt }) => attempt.id - 1);
}

describe('reports in one batch', () => {
  it('leave what each alone would have left, however they are cut into batches', () => {
    fc.assert(
      fc.property(reports, fc.nat(20), (given, cut) => {
        const rows: Row[] = [];
        const ids = [...write(rows, given.slice(0, cut)), ...write(rows, given.slice(cut))];
        const alone = oneByOne(given);
        // Ids are given at the end of a batch: the rows of one device at one firmware keep their order.
        const byAttempt = (all: Row[]) =>
          [1, 2, 3].flatMap((deviceId) =>
            [1, 2].map((firmwareId) =>
              all.filter((row) => row.deviceId === deviceId && row.firmwareId === firmwareId),
            ),
          );
        expect(byAttempt(rows)).toEqual(byAttempt(alone.rows));
        const placeOf = (all: Row[], id: number) =>
          byAttempt(all)
            .map((attempts) => attempts.indexOf(all[id]!))
            .find((place) => place >= 0);
        expect(ids.map((id) => placeOf(rows, id))).toEqual(alone.ids.map((id) => placeOf(alone.rows, id)));
      }),
    );
  });

  it('are answered with where the attempt stood then', () => {
    const steps = ['downloading', 'installing', 'success'] as const;
    const given = steps.map((status) => ({ deviceId: 1, firmwareId: 1, status }));
    const plan = planReports(given, [], NOW);
    expect(plan.opened).toHaveLength(1);
    expect(plan.results.map(({ status }) => status)).toEqual(steps);
  });
});
