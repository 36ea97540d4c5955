import fc from 'fast-check';
import { planPrune, type PrunableRow } from './prune-plan.js';

const row = (id: number, changes: Partial<PrunableRow> = {}): PrunableRow => ({
  id,
  deviceType: 'sensor',
  binaryPath: `sensor/v${id}.0.0.bin`,
  isActive: false,
  ...changes,
});
const stored = (): boolean => true;
const idsOf = (rows: readonly PrunableRow[]): number[] => rows.map(({ id }) => id);

describe('which files are pruned', () => {
  it('are those of inactive releases but the newest of each device type', () => {
    const rows = [row(9, { isActive: true }), row(8), row(7), row(6), row(5, { isActive: true })];
    const others = [row(4, { deviceType: 'display' }), row(3, { deviceType: 'display' })];
    expect(idsOf(planPrune([...rows, ...others], stored, { keep: 1 }))).toEqual([7, 6, 3]);
    expect(idsOf(planPrune([...rows, ...others], stored, { keep: 0, deviceType: 'display' }))).toEqual([
      4, 3,
    ]);
  });

  it('are none that another release needs, with or without a leading slash', () => {
    const shared = 'sensor/shared.bin';
    const active = row(9, { isActive: true, binaryPath: `/${shared}` });
    expect(planPrune([active, row(8, { binaryPath: shared })], stored, { keep: 0 })).toEqual([]);
    const kept = row(8, { binaryPath: shared });
    expect(planPrune([kept, row(7, { binaryPath: shared })], stored, { keep: 1 })).toEqual([]);
    const elsewhere = row(7, { binaryPath: shared, deviceType: 'display' });
    expect(planPrune([kept, elsewhere], stored, { keep: 0, deviceType: 'sensor' })).toEqual([]);
    expect(idsOf(planPrune([kept, row(7, { binaryPath: shared })], stored, { keep: 0 }))).toEqual([8, 7]);
  });

  it('are none that are lost already, which do not count among the newest either', () => {
    const rows = [row(9), row(8), row(7)];
    const isStored = (path: string): boolean => path !== 'sensor/v9.0.0.bin';
    expect(idsOf(planPrune(rows, isStored, { keep: 1 }))).toEqual([7]);
  });

  it('never belong to an active release, and leave every type its newest', () => {
    const rows = fc
      .array(
        fc.record({
          deviceType: fc.constantFrom('a', 'b'),
          binaryPath: fc.constantFrom('a/1', 'a/2', '/a/2', 'b/1', 'b/2', 'b/3', 'lost'),
          isActive: fc.boolean(),
        }),
        { maxLength: 20 },
      )
      .map((list) => list.map((each, id) => ({ ...each, id })));
    fc.assert(
      fc.property(rows, fc.nat(5), fc.constantFrom(undefined, 'a', 'b'), (all, keep, deviceType) => {
        const path = (each: PrunableRow): string => each.binaryPath.replace(/^\//, '');
        const isStored = (name: string): boolean => name !== 'lost';
        const plan = planPrune(all, isStored, { keep, deviceType });
        const gone = new Set(plan.map(path));
        const left = all.filter((each) => !plan.includes(each));
        for (const each of left) expect(gone).not.toContain(path(each));
        for (const each of plan) {
          expect(each.isActive).toBe(false);
          expect(path(each)).not.toBe('lost');
          if (deviceType !== undefined) expect(each.deviceType).toBe(deviceType);
          const newerAndKept = left.filter(
            ({ id, deviceType: type, isActive, binaryPath }) =>
              id < each.id && type === each.deviceType && !isActive && binaryPath !== 'lost',
          );
          expect(newerAndKept.length).toBeGreaterThanOrEqual(keep);
        }
      }),
    );
  });
});
