import { HOUR } from './durations.js';
import { evidenceSeries, type Unwell } from './evidence-series.js';

const settings = { targetSize: 50, maxFailureRate: 0.02, falseAlarmRate: 0.01 };
const unwell = (seq: number, state: Unwell['state'], site: string | null = null): Unwell => ({
  seq,
  state,
  site,
  installingAt: HOUR,
});

describe('the series of the evidence', () => {
  it('is empty before the first offer', () => {
    expect(evidenceSeries([], 0, 10, settings)).toEqual([]);
  });

  it('has a point for each offer where there are fewer offers than points', () => {
    expect(evidenceSeries([], 3, 10, settings).map(({ offered }) => offered)).toEqual([1, 2, 3]);
  });

  it('counts at each point what has become of the offers until then', () => {
    const devices = [
      unwell(2, 'failed'),
      unwell(3, 'released'),
      unwell(5, 'silent', 's'),
      unwell(6, 'silent', 's'),
    ];
    const series = evidenceSeries([...devices, unwell(8, 'silent')], 8, 4, settings);
    expect(series.map(({ offered, counted, failed }) => [offered, counted, failed])).toEqual([
      [2, 2, 1],
      [4, 3, 1],
      [6, 5, 2],
      [8, 7, 3],
    ]);
    for (const { limit, failed, xLog } of series) {
      expect(limit).toBeGreaterThan(0);
      expect(failed >= limit).toBe(xLog >= Math.log(100));
    }
  });
});
