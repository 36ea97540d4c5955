/** A metric in the form in which `prom-client` passes it between processes and writes it. */
export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** The operation that combines the values of several processes. */
  readonly aggregator: 'sum' | 'max';
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly metricName?: string;
  }[];
}

export interface Instrument {
  snapshot(): MetricSnapshot;
}

/** Counts by one or two labels. An increment is one lookup, because every device request uses it. */
export class Counter implements Instrument {
  private readonly counts = new Map<string | number, Map<string | number, number>>();

  constructor(
    private readonly name: string,
    private readonly help: string,
    private readonly labels: readonly [string] | readonly [string, string],
  ) {}

  add(by: number, first: string, second: string | number = ''): void {
    const counts = this.counts.get(first) ?? new Map<string | number, number>();
    if (counts.size === 0) this.counts.set(first, counts);
    counts.set(second, (counts.get(second) ?? 0) + by);
  }

  snapshot(): MetricSnapshot {
    const [one, two] = this.labels;
    const values = [...this.counts].flatMap(([first, counts]) =>
      [...counts].map(([second, value]) => ({
        value,
        labels: { [one]: first, ...(two !== undefined && { [two]: second }) },
      })),
    );
    return { name: this.name, help: this.help, type: 'counter', aggregator: 'sum', values };
  }
}

/** A value that is read on request; one per value of its label, or a single one if it has no label. */
export class Gauge implements Instrument {
  private readonly readings = new Map<string, () => number>();

  constructor(
    private readonly name: string,
    private readonly help: string,
    private readonly label: string | null,
    private readonly aggregator: 'sum' | 'max',
  ) {}

  watch(labelValue: string, read: () => number): void {
    this.readings.set(labelValue, read);
  }

  snapshot(): MetricSnapshot {
    const values = Array.from(this.readings, ([value, read]) => ({
      value: read(),
      labels: this.label === null ? {} : { [this.label]: value },
    }));
    return { name: this.name, help: this.help, type: 'gauge', aggregator: this.aggregator, values };
  }
}

/** Values by several labels that are all known at once, and that take the place of those before. */
export class Levels implements Instrument {
  private values: MetricSnapshot['values'] = [];

  constructor(
    private readonly name: string,
    private readonly help: string,
  ) {}

  set(values: MetricSnapshot['values']): void {
    this.values = values;
  }

  /** Every process looks at the same thing. */
  snapshot(): MetricSnapshot {
    return { name: this.name, help: this.help, type: 'gauge', aggregator: 'max', values: this.values };
  }
}

interface Observed {
  /** Counts by bucket; the last is for values above all bounds. */
  readonly counts: number[];
  sum: number;
}

/** Counts observations in buckets, by one label. */
export class Histogram implements Instrument {
  private readonly observed = new Map<string, Observed>();

  constructor(
    private readonly name: string,
    private readonly help: string,
    private readonly label: string,
    /** Upper bounds of the buckets, inclusive, ascending. */
    private readonly buckets: readonly number[],
  ) {}

  observe(value: number, labelValue: string): void {
    let observed = this.observed.get(labelValue);
    if (!observed) {
      observed = { counts: new Array<number>(this.buckets.length + 1).fill(0), sum: 0 };
      this.observed.set(labelValue, observed);
    }
    const at = this.buckets.findIndex((upTo) => value <= upTo);
    const bucket = at < 0 ? this.buckets.length : at;
    observed.counts[bucket] = (observed.counts[bucket] ?? 0) + 1;
    observed.sum += value;
  }

  snapshot(): MetricSnapshot {
    const values = [...this.observed].flatMap(([labelValue, { counts, sum }]) => {
      const labels = { [this.label]: labelValue };
      let total = 0;
      const buckets = [...this.buckets, '+Inf'].map((le, index) => {
        total += counts[index] ?? 0;
        return { value: total, labels: { ...labels, le }, metricName: `${this.name}_bucket` };
      });
      return [
        ...buckets,
        { value: sum, labels, metricName: `${this.name}_sum` },
        { value: total, labels, metricName: `${this.name}_count` },
      ];
    });
    return { name: this.name, help: this.help, type: 'histogram', aggregator: 'sum', values };
  }
}
