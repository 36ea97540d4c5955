/** Everything that can be set, read once at start and frozen. docs/server-guide.md explains each to operators. */
export interface AppConfig {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Processes that serve; 1: no cluster. */
  readonly workers: number;
  /** null: the embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | null;
  /** The same database without a pooler, for what needs a session: notifications and migrations. null: databaseUrl. */
  readonly databaseDirectUrl: string | null;
  /** Absolute. */
  readonly dataDir: string;
  /** Absolute. */
  readonly firmwareStore: string;
  /** The first admin, made when there is none; a null password is chosen at random and printed once. */
  readonly admin: { readonly username: string; readonly password: string | null };
  readonly jwt: { readonly secret: string; readonly ttlSeconds: number };
  /** A null secret: download URLs are not signed. */
  readonly download: { readonly secret: string | null; readonly ttlSeconds: number };
  readonly requireHttps: boolean;
  /** PEM contents; null: plain HTTP. */
  /** Where systemd waits for the message that the server is ready; null: it does not. */
  readonly notifySocket: string | null;
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | null;
  /** Addresses, networks or names (`loopback`) whose X-Forwarded-* headers are believed. */
  readonly trustProxy: readonly string[];
  readonly maxUploadBytes: number;
  /** Whether device requests may be answered ahead of Express. */
  readonly deviceLane: boolean;
  /** Whether reports that arrive together share a transaction. */
  readonly groupCommit: boolean;
  /** Images in demand that are kept in memory, in bytes altogether. */
  readonly imageCacheBytes: number;
  /** Whether only ESP32 application images are taken. */
  readonly requireEspImage: boolean;
  /** Digests of the keys of which one must have signed an image, lower-case hex; empty: none need have. */
  readonly trustedSigningKeys: ReadonlySet<string>;
  /** Whether /docs is served. */
  readonly docs: boolean;
  /** GET /metrics; a null token: for whoever reaches it. */
  readonly metrics: { readonly enabled: boolean; readonly token: string | null };
  readonly logLevel: LogLevel;
  readonly limits: Limits;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'verbose'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What is not for operators to set, but for tests to shrink. */
export interface Limits {
  /** A request body other than an upload must arrive whole within this time. */
  readonly bodyTimeoutMs: number;
  /** An upload must not pause for longer than this. */
  readonly uploadStallMs: number;
  /** A connection on which nothing moves for this long is closed. */
  readonly idleTimeoutMs: number;
  /** How often the release catalog is read again even if nobody said that it changed. */
  readonly catalogRefreshMs: number;
  /** How often the connection on which changes are heard is tried; also the longest wait for its answer. */
  readonly heartbeatMs: number;
  /** Between two looks at the database and the store for /health/status. */
  readonly healthLookMs: number;
  /** For each part of such a look to answer. */
  readonly healthPatienceMs: number;
  /** How often the devices that install one firmware again and again are read. */
  readonly loopRefreshMs: number;
  /** Longest time between two writes of check-ins while there are any. */
  readonly checkInFlushMs: number;
  /** Devices whose check-in may wait to be written. */
  readonly checkInCapacity: number;
  /** Longest wait of an offer that was made to the device before. */
  readonly repeatedOfferFlushMs: number;
  /** Pause before what could not be written is tried again. */
  readonly writeRetryMs: number;
  /** Longest time that the end of the server takes to write what waits. */
  readonly drainMs: number;
  /** By how much the event loop may be late before requests are refused. */
  readonly eventLoopLagMs: number;
  /** Reports that may wait for a transaction; more are asked to come again. */
  readonly reportCapacity: number;
  /** Longest wait of a report for its answer. */
  readonly reportDeadlineMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  bodyTimeoutMs: 10_000,
  uploadStallMs: 30_000,
  idleTimeoutMs: 120_000,
  catalogRefreshMs: 60_000,
  heartbeatMs: 5_000,
  healthLookMs: 800,
  healthPatienceMs: 2_000,
  loopRefreshMs: 1_000,
  checkInFlushMs: 250,
  checkInCapacity: 50_000,
  repeatedOfferFlushMs: 1_000,
  writeRetryMs: 1_000,
  drainMs: 10_000,
  eventLoopLagMs: 250,
  reportCapacity: 10_000,
  reportDeadlineMs: 10_000,
};

/** Token under which the frozen configuration is provided. */
export const APP_CONFIG = Symbol('APP_CONFIG');
