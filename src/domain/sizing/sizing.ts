import type { Figures } from './figures.js';

/** A fleet, and how it updates. */
export interface FleetPlan {
  readonly devices: number;
  /** Time between two checks of a device, in seconds. */
  readonly intervalSeconds: number;
  /** Size of an image, in bytes. */
  readonly imageBytes: number;
  /** Time in which a release reaches all devices, in seconds. */
  readonly rolloutSeconds: number;
  readonly releasesPerYear: number;
  /** Reports that a device sends for each release. */
  readonly reportsPerUpdate: number;
  /** Whether a CDN sends the images. */
  readonly hasCdn: boolean;
}

/** What one machine that runs the server has. */
export interface ServerMachine {
  readonly cores: number;
  /** Bits that its network carries, in each second. */
  readonly bitsPerSecond: number;
}

/** What of the smallest installation, one server and one database, is in demand. In the order in which it is named. */
export type Resource = 'server CPU' | 'network' | 'database writes' | 'log';

/** How much of a resource a fleet needs: 1 is all of it. */
export interface Demand {
  readonly resource: Resource;
  readonly share: number;
}

export interface Sizing {
  readonly checksPerSecond: number;
  /** Whether each check opens a connection, because an idle one was closed meanwhile. */
  readonly opensConnections: boolean;
  /** These hold during a rollout, in each second. */
  readonly updatesPerSecond: number;
  readonly reportsPerSecond: number;
  readonly imageBytesPerSecond: number;
  readonly bytesPerRelease: number;
  /** Cores that a server process needs during a rollout, on all machines together. */
  readonly cores: { readonly tls: number; readonly reports: number; readonly images: number };
  /** Cores of the database during a rollout. */
  readonly databaseCores: number;
  readonly logRowsPerYear: number;
  /** Bytes of the log that a year adds, with indexes: at least, and with what updates leave behind. */
  readonly logBytesPerYear: { readonly least: number; readonly most: number };
  readonly deviceBytes: number;
  /** Highest first. */
  readonly demands: readonly Demand[];
  readonly nodes: Nodes;
}

/** Machines that the fleet needs. */
export interface Nodes {
  /** One of them may be away, unless there is only one. */
  readonly servers: number;
  /** Cores of the database server, or of each of the nodes of a distributed one. */
  readonly databaseCores: number;
  /** Of a distributed database; 1: one PostgreSQL. */
  readonly databaseNodes: number;
  /** Whether a database on a machine of its own, with a standby, is worth it. */
  readonly hasOwnDatabase: boolean;
  /** Whether images should come from a CDN. */
  readonly needsCdn: boolean;
}

/** The server closes connections that are idle for longer. */
export const KEEP_ALIVE_SECONDS = 300;
/** Share of a resource that may be in use; the rest is for peaks. */
const USABLE = 0.7;
/** Log beyond which the one database should be partitioned or distributed, in bytes. */
export const LOG_BYTES_OF_ONE_DATABASE = 1e12;
/** Machines that a fleet of fewer devices does without: the server starts a database of its own. */
const DEVICES_OF_ONE_MACHINE = 100_000;
/** A network that needs more machines than this for images alone should have a CDN. */
const SERVERS_WITHOUT_CDN = 4;

/**
 * Reports that one PostgreSQL writes in a second: as many as one core can, because the statements of a batch run one
 * after the other, and the next batch runs while this one waits for the disk.
 */
export const reportsOfOneDatabase = ({ reportDatabaseMicros }: Figures): number => 1e6 / reportDatabaseMicros;

/** How much of what a fleet needs. All figures are positive and finite. */
export function sizeFleet(plan: FleetPlan, machine: ServerMachine, figures: Figures): Sizing {
  const checksPerSecond = plan.devices / plan.intervalSeconds;
  const opensConnections = plan.intervalSeconds > KEEP_ALIVE_SECONDS;
  const updatesPerSecond = plan.devices / plan.rolloutSeconds;
  const reportsPerSecond = updatesPerSecond * plan.reportsPerUpdate;
  const imageBytesPerSecond = updatesPerSecond * plan.imageBytes;
  const sentBytesPerSecond = plan.hasCdn ? 0 : imageBytesPerSecond;
  // A device restarts for each update, and comes back with a full handshake to report it.
  const tls =
    (checksPerSecond * (opensConnections ? figures.resumedMicros : figures.checkMicros) +
      updatesPerSecond * figures.handshakeMicros) /
    1e6;
  const cores = {
    tls,
    reports: (reportsPerSecond * figures.reportMicros) / 1e6,
    images: (sentBytesPerSecond * figures.megabyteMicros) / 1e12,
  };
  const databaseCores =
    (reportsPerSecond * figures.reportDatabaseMicros + checksPerSecond * figures.checkInDatabaseMicros) / 1e6;
  const logRowsPerYear = plan.devices * plan.releasesPerYear;
  const logBytesPerYear = {
    least: logRowsPerYear * figures.freshRowBytes,
    most: logRowsPerYear * Math.max(figures.freshRowBytes, figures.writtenRowBytes),
  };
  const serverCores = cores.tls + cores.reports + cores.images;
  const demands: Demand[] = [
    { resource: 'server CPU', share: serverCores / (machine.cores * USABLE) },
    { resource: 'network', share: (sentBytesPerSecond * 8) / (machine.bitsPerSecond * USABLE) },
    { resource: 'database writes', share: reportsPerSecond / reportsOfOneDatabase(figures) / USABLE },
    { resource: 'log', share: logBytesPerYear.most / LOG_BYTES_OF_ONE_DATABASE },
  ];
  return {
    checksPerSecond,
    opensConnections,
    updatesPerSecond,
    reportsPerSecond,
    imageBytesPerSecond,
    bytesPerRelease: plan.devices * plan.imageBytes,
    cores,
    databaseCores,
    logRowsPerYear,
    logBytesPerYear,
    deviceBytes: plan.devices * figures.deviceBytes,
    demands: [...demands].sort((a, b) => b.share - a.share),
    nodes: nodesFor(plan, machine, cores, databaseCores, demands),
  };
}

function nodesFor(
  plan: FleetPlan,
  machine: ServerMachine,
  { tls, reports, images }: Sizing['cores'],
  databaseCores: number,
  demands: readonly Demand[],
): Nodes {
  const shareOf = (resource: Resource): number =>
    demands.find((demand) => demand.resource === resource)?.share ?? 0;
  const needsCdn = plan.hasCdn || shareOf('network') > SERVERS_WITHOUT_CDN;
  const cores = tls + reports + (needsCdn ? 0 : images);
  const busiest = Math.max(cores / (machine.cores * USABLE), needsCdn ? 0 : shareOf('network'));
  const hasOwnDatabase = plan.devices > DEVICES_OF_ONE_MACHINE || busiest > 1;
  // Without spare room: a rollout is a short peak, and devices keep the reports that the server cannot take yet.
  const databaseNodes = Math.max(1, Math.ceil(Math.max(shareOf('database writes') * USABLE, shareOf('log'))));
  return {
    servers: hasOwnDatabase ? Math.ceil(busiest) + 1 : 1,
    databaseCores: Math.max(2, 2 ** Math.ceil(Math.log2(databaseCores / databaseNodes / USABLE))),
    databaseNodes,
    hasOwnDatabase,
    needsCdn,
  };
}
