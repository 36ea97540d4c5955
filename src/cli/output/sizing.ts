import type { Figures } from '../../domain/sizing/figures.js';
import {
  KEEP_ALIVE_SECONDS,
  LOG_BYTES_OF_ONE_DATABASE,
  reportsOfOneDatabase,
  type Demand,
  type FleetPlan,
  type Nodes,
  type ServerMachine,
  type Sizing,
} from '../../domain/sizing/sizing.js';
import { bytes, counted, whole } from './format.js';
import type { Output } from './output.js';
import { renderFacts } from './table.js';

/** Lines are no longer than this, however wide the terminal is. */
const WIDTH = 80;

/** What the sizing was calculated from. */
interface Basis {
  readonly plan: FleetPlan;
  readonly machine: ServerMachine;
  readonly figures: Figures;
  /** File of the figures. */
  readonly source: string;
}

/** The JSON output of `ota size`: rates per second, sizes in bytes, times of one core in microseconds. */
export function sizingAsJson(sizing: Sizing, figures: Figures): object {
  return {
    checks_per_second: sizing.checksPerSecond,
    new_connections: sizing.opensConnections,
    updates_per_second: sizing.updatesPerSecond,
    reports_per_second: sizing.reportsPerSecond,
    image_bytes_per_second: sizing.imageBytesPerSecond,
    bytes_per_release: sizing.bytesPerRelease,
    server_cores: { ...sizing.cores },
    database_cores: sizing.databaseCores,
    log_rows_per_year: sizing.logRowsPerYear,
    log_bytes_per_year: { ...sizing.logBytesPerYear },
    device_bytes: sizing.deviceBytes,
    demands: sizing.demands.map(({ resource, share }) => ({ resource, share })),
    nodes: {
      servers: sizing.nodes.servers,
      database_nodes: sizing.nodes.databaseNodes,
      database_cores: sizing.nodes.databaseCores,
      own_database: sizing.nodes.hasOwnDatabase,
      cdn: sizing.nodes.needsCdn,
    },
    figures: {
      check_micros: figures.checkMicros,
      resumed_micros: figures.resumedMicros,
      handshake_micros: figures.handshakeMicros,
      report_micros: figures.reportMicros,
      report_database_micros: figures.reportDatabaseMicros,
      check_in_database_micros: figures.checkInDatabaseMicros,
      megabyte_micros: figures.megabyteMicros,
      fresh_row_bytes: figures.freshRowBytes,
      written_row_bytes: figures.writtenRowBytes,
      device_bytes: figures.deviceBytes,
      sources: figures.sources,
    },
  };
}

export function renderSizing(sizing: Sizing, basis: Basis, { width, style }: Output): string {
  const { plan, machine, figures } = basis;
  const { cores, logBytesPerYear: log } = sizing;
  const all = cores.tls + cores.reports + cores.images;
  return renderFacts(
    [
      ['Checks', checksText(sizing)],
      ['Reports', `${rate(sizing.reportsPerSecond)} while a release rolls out`],
      ['Images', imagesText(sizing, plan)],
      [
        'Server CPU',
        `${coresText(all)} while a release rolls out: TLS ${small(cores.tls)}, reports ${small(cores.reports)}, ` +
          `images ${small(cores.images)}`,
      ],
      ['Database CPU', coresText(sizing.databaseCores)],
      [
        'Log',
        `${short(sizing.logRowsPerYear)} rows and ${bytes(log.least)} to ${bytes(log.most)} a year; devices ` +
          bytes(sizing.deviceBytes),
      ],
      ['Exhausted first', exhaustedText(sizing.demands)],
      ['Servers', serversText(sizing.nodes, machine)],
      ['Database', databaseText(sizing.nodes)],
      ['Assumed', assumptions(plan, figures)],
      ['Figures', [basis.source, ...figures.sources].join('\n')],
    ],
    Math.min(width, WIDTH),
    style,
  );
}

function checksText({ checksPerSecond, opensConnections }: Sizing): string {
  const how = opensConnections
    ? `each over a new TLS connection, because idle ones are closed after ${KEEP_ALIVE_SECONDS / 60} minutes`
    : 'over connections that stay open';
  return `${rate(checksPerSecond)}, ${how}`;
}

function imagesText(
  { updatesPerSecond, imageBytesPerSecond, bytesPerRelease }: Sizing,
  plan: FleetPlan,
): string {
  const gigabits = (imageBytesPerSecond * 8) / 1e9;
  return (
    `${rate(updatesPerSecond)}, ${bytes(imageBytesPerSecond)}/s (${small(gigabits)} Gbit/s)` +
    `${plan.hasCdn ? ' from the CDN' : ''}; ${bytes(bytesPerRelease)} for each release`
  );
}

const NAMES: Readonly<Record<Demand['resource'], string>> = {
  'server CPU': 'the CPU of one server',
  network: 'the network of one server',
  'database writes': 'the reports that one database writes',
  log: 'the size of the log in one database',
};

function exhaustedText(demands: readonly Demand[]): string {
  const over = demands.filter(({ share }) => share > 1);
  const [first] = demands;
  if (over.length === 0 && first)
    return `nothing; the next is ${NAMES[first.resource]}, ${percent(first.share)} of it in use`;
  return over.map(({ resource, share }) => `${NAMES[resource]} (${small(share)} times)`).join(', then ');
}

function serversText({ servers, needsCdn }: Nodes, { cores, bitsPerSecond }: ServerMachine): string {
  const machine = `${counted(cores, 'core')} and ${small(bitsPerSecond / 1e9)} Gbit/s`;
  const cdn = needsCdn ? '; the images from a CDN' : '';
  if (servers === 1) return `1 with ${machine}${cdn}`;
  return `${servers} with ${machine} each, of which one may be away${cdn}`;
}

function databaseText({ databaseCores, databaseNodes, hasOwnDatabase }: Nodes): string {
  if (!hasOwnDatabase) return 'the embedded PostgreSQL';
  if (databaseNodes === 1) return `1 PostgreSQL with ${databaseCores} cores, and a standby`;
  return `PostgreSQL with Citus: ${databaseNodes} workers with ${databaseCores} cores each, and a coordinator`;
}

const assumptions = (plan: FleetPlan, figures: Figures): string =>
  `${plan.releasesPerYear} releases a year, ${plan.reportsPerUpdate} reports of a device for each; one database writes ` +
  `${whole(reportsOfOneDatabase(figures))} reports a second and keeps ${bytes(LOG_BYTES_OF_ONE_DATABASE)} of log; 30 % of ` +
  'everything stays free for peaks';

const rate = (perSecond: number): string => `${perSecond < 10 ? small(perSecond) : whole(perSecond)}/s`;
const coresText = (cores: number): string => `${small(cores)} cores`;
const percent = (share: number): string => `${small(share * 100)} %`;

/** At most three digits: `0.025`, `1.4`, `310`. */
function small(value: number): string {
  if (value >= 100) return whole(value);
  return String(Number(value.toPrecision(2)));
}

/** `120 million`. */
function short(count: number): string {
  if (count >= 1e9) return `${small(count / 1e9)} billion`;
  if (count >= 1e6) return `${small(count / 1e6)} million`;
  return whole(count);
}
