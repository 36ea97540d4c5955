/** What one operation costs, as the benchmark measured it. CPU times are microseconds of one core. */
export interface Figures {
  /** A check over a connection that stays open. */
  readonly checkMicros: number;
  /** A check over a new TLS connection that resumes a session, and over one with a full handshake. */
  readonly resumedMicros: number;
  readonly handshakeMicros: number;
  /** A report: in the server, and in PostgreSQL. */
  readonly reportMicros: number;
  readonly reportDatabaseMicros: number;
  /** In PostgreSQL: what is written of a device that checks. */
  readonly checkInDatabaseMicros: number;
  /** A megabyte (10^6 bytes) of an image that is sent over TLS. */
  readonly megabyteMicros: number;
  /** Bytes that an attempt takes in the log with its indexes: loaded at once, and written report by report. */
  readonly freshRowBytes: number;
  readonly writtenRowBytes: number;
  /** Bytes that a device takes with its indexes, before updates leave gaps. */
  readonly deviceBytes: number;
  /** Where they come from: a line for each machine and scenario. */
  readonly sources: readonly string[];
}

/** A file that `npm run bench` writes: as much of it as sizing needs. */
export interface BenchFile {
  readonly machine: BenchMachine;
  readonly results: readonly BenchResult[];
}

interface BenchMachine {
  readonly node: string;
  readonly cores: number;
  readonly cpu: string;
}

interface BenchResult {
  readonly scenario: string;
  readonly measurements: readonly {
    readonly subject: string;
    readonly cpuMicros: number;
    readonly databaseCpuMicros?: number;
  }[];
  readonly ratios: readonly { readonly of: string; readonly unit?: string; readonly ratio: number }[];
  /** Set if it was measured on another machine than the rest. */
  readonly machine?: BenchMachine;
}

/** The subject of the benchmark that is the server as operators run it. */
const OURS = 'ota-server';

/** Names of what the scenario `sizing` measures: the benchmark writes them, {@link readFigures} reads them. */
export const SIZING_NAMES = {
  image: 'an image of 1.5 MB over a new TLS connection',
  check: 'a check over a new TLS connection',
  checkIn: 'CPU of PostgreSQL for a check-in',
  freshRow: 'an attempt, loaded at once',
  writtenRow: 'an attempt, written report by report',
  device: 'a device',
} as const;
/** Megabytes of the image of {@link SIZING_NAMES}. */
export const SIZING_MEGABYTES = 1.5;

/**
 * Reads the figures from the results of a benchmark that ran the scenarios check, status, tls and sizing.
 * @throws Error naming the scenario that is missing
 */
export function readFigures({ machine, results }: BenchFile): Figures {
  const scenario = (name: string): BenchResult => {
    const found = results.find((result) => result.scenario === name);
    if (!found) throw new Error(`The results have no scenario "${name}": run npm run bench -- ${name}`);
    return found;
  };
  const measured = (name: string, subject: string): BenchResult['measurements'][number] => {
    const found = scenario(name).measurements.find((measurement) => measurement.subject === subject);
    if (!found) throw new Error(`The results of the scenario "${name}" have no "${subject}".`);
    return found;
  };
  const told = (of: string): number => {
    const found = scenario('sizing').ratios.find((ratio) => ratio.of === of);
    if (!found) throw new Error(`The results of the scenario "sizing" do not say what takes ${of}.`);
    return found.ratio;
  };
  const used = ['check', 'status', 'tls', 'sizing'].map(scenario);
  const check = measured('check', OURS);
  const resumed = measured('tls', `${OURS}, resumed`).cpuMicros;
  // A ratio within one run says more than a difference of two: see docs/performance.md.
  const image =
    measured('sizing', SIZING_NAMES.image).cpuMicros / measured('sizing', SIZING_NAMES.check).cpuMicros;
  return {
    checkMicros: check.cpuMicros,
    resumedMicros: resumed,
    handshakeMicros: measured('tls', `${OURS}, full`).cpuMicros,
    reportMicros: measured('status', OURS).cpuMicros,
    reportDatabaseMicros: measured('status', OURS).databaseCpuMicros ?? 0,
    checkInDatabaseMicros: told(SIZING_NAMES.checkIn),
    megabyteMicros: (resumed * Math.max(0, image - 1)) / SIZING_MEGABYTES,
    freshRowBytes: told(SIZING_NAMES.freshRow),
    writtenRowBytes: told(SIZING_NAMES.writtenRow),
    deviceBytes: told(SIZING_NAMES.device),
    sources: sourcesOf(machine, used),
  };
}

/** `tls: AMD EPYC, 2 cores, Node.js 20.20.2`. */
function sourcesOf(machine: BenchMachine, results: readonly BenchResult[]): string[] {
  const names = new Map<string, string[]>();
  for (const { scenario, machine: own = machine } of results) {
    const where = `${own.cpu}, ${own.cores} cores, Node.js ${own.node.replace(/^v/, '')}`;
    names.set(where, [...(names.get(where) ?? []), scenario]);
  }
  return [...names].map(([where, scenarios]) => `${scenarios.join(', ')}: ${where}`);
}
