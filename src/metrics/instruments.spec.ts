import { AggregatorRegistry } from 'prom-client';
import { Counter, Gauge, Histogram } from './instruments.js';

const textOf = (...snapshots: object[][]): Promise<string> =>
  AggregatorRegistry.aggregate(snapshots).metrics();

describe('instruments', () => {
  it('counters of two processes are added up', async () => {
    const [here, there] = [1, 2].map(() => new Counter('n_total', 'N.', ['route', 'status']));
    here!.add(1, 'check', 200);
    here!.add(2, 'check', 503);
    there!.add(3, 'check', 200);
    const text = await textOf([here!.snapshot()], [there!.snapshot()]);
    expect(text).toContain('n_total{route="check",status="200"} 4');
    expect(text).toContain('n_total{route="check",status="503"} 2');
  });

  it('gauges are read when asked, and added up or the highest taken', async () => {
    let depth = 1;
    const gauges = (['sum', 'max'] as const).map((how) => new Gauge(`${how}_depth`, 'D.', 'queue', how));
    for (const gauge of gauges) gauge.watch('reports', () => depth);
    const before = gauges.map((gauge) => gauge.snapshot());
    depth = 5;
    const text = await textOf(
      before,
      gauges.map((gauge) => gauge.snapshot()),
    );
    expect(text).toContain('sum_depth{queue="reports"} 6');
    expect(text).toContain('max_depth{queue="reports"} 5');
  });

  it('histograms count up to each bound', async () => {
    const histogram = new Histogram('t_seconds', 'T.', 'route', [0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe(value, 'check');
    const text = await textOf([histogram.snapshot()]);
    expect(text).toContain('t_seconds_bucket{route="check",le="0.1"} 2');
    expect(text).toContain('t_seconds_bucket{route="check",le="1"} 3');
    expect(text).toContain('t_seconds_bucket{route="check",le="+Inf"} 4');
    expect(text).toContain('t_seconds_count{route="check"} 4');
    expect(text).toContain('t_seconds_sum{route="check"} 7.65');
  });
});
