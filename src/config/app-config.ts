import type { DeviceAuthMode } from '../domain/device-access.js';

/** All settings, read once at startup and frozen. docs/server-guide.md explains them to operators. */
export interface AppConfig {
  readonly host: string;
  /** 0: the system chooses a port. */
  readonly port: number;
  /** Number of worker processes; 1: no cluster. */
  readonly workers: number;
  /** null: the embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | null;
  /** The same database without a pooler, for notifications and migrations, which need a session. null: databaseUrl. */
  readonly databaseDirectUrl: string | null;
  /** Connections of each process to the database, at most; null: as many as its workers can share. */
  readonly databasePoolSize: number | null;
  /** Absolute. */
  readonly dataDir: string;
  /** The absolute path of a folder, or s3://bucket/prefix. */
  readonly firmwareStore: string;
  /** How to reach the bucket of `firmwareStore`, if it is one. */
  readonly bucketAccess: BucketAccess;
  /** The first admin, created if none exists. A null password: a random one is generated and printed once. */
  readonly admin: { readonly username: string; readonly password: string | null };
  readonly jwt: {
    /** Signs tokens; null: keys that the servers of the database make up and change. */
    readonly secret: string | null;
    /** Signed tokens before `secret` did; they are accepted. */
    readonly previousSecret: string | null;
    /** What an earlier version kept in `dataDir`, if anything. */
    readonly earlierSecret: string | null;
    readonly ttlSeconds: number;
  };
  /** A null secret: download URLs are not signed. */
  readonly download: {
    readonly secret: string | null;
    /**
     * What `secret` was before, or will be: URLs signed with it are accepted, so that the servers of a database can change
     * it one after the other. Null: it is not being changed.
     */
    readonly previousSecret: string | null;
    readonly ttlSeconds: number;
    /** An https address with a slash at its end, to which downloads are redirected; null: they are answered here. */
    readonly baseUrl: string | null;
  };
  readonly devices: {
    /** Whether devices without an identity need credentials. */
    readonly auth: DeviceAuthMode;
    /** What device tokens are derived from; null: the servers share one that is kept in the database. */
    readonly tokenSecret: string | null;
  };
  readonly requireHttps: boolean;
  readonly shutdown: {
    /** For so long it serves on while /health/ready says no, so that balancers send requests elsewhere. */
    readonly delaySeconds: number;
    /** For so long requests under way may go on after that, before their connections are cut. */
    readonly patienceSeconds: number;
  };
  /** The socket on which systemd waits for the ready message; null: it does not wait. */
  readonly notifySocket: string | null;
  /** PEM contents; null: plain HTTP. With a `ca`, devices may prove who they are with certificates of it. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer; readonly ca: Buffer | null } | null;
  /** Addresses, networks or names (`loopback`) whose X-Forwarded-* headers are trusted. */
  readonly trustProxy: readonly string[];
  readonly maxUploadBytes: number;
  /** True: the device lane answers device requests before Express does. */
  readonly deviceLane: boolean;
  /** True: reports that arrive together share a transaction. */
  readonly groupCommit: boolean;
  /** Total memory for cached images, in bytes. */
  readonly imageCacheBytes: number;
  /** True: only ESP32 application images are accepted. */
  readonly requireEspImage: boolean;
  /** Digests of the trusted signing keys, lower-case hex; empty: images need no signature. */
  readonly trustedSigningKeys: ReadonlySet<string>;
  /** Days after its end for which an attempt is kept; 0: for ever. */
  readonly logRetentionDays: number;
  /** Hours for which events and ended deliveries of webhooks are kept; at least 1. */
  readonly eventRetentionHours: number;
  /** True: webhooks may lead to addresses of this machine and of private networks. */
  readonly webhookAllowPrivate: boolean;
  /** A server that has not heard of the database for longer offers the firmware of no rollout that is running. */
  readonly maxCatalogAgeSeconds: number;
  /** True: /docs is served. */
  readonly docs: boolean;
  /** The web console and the folder of its built files, absolute; null: the address shows a plain page. */
  readonly console: { readonly folder: string } | null;
  /** GET /metrics; a null token: no token is required. */
  readonly metrics: { readonly enabled: boolean; readonly token: string | null };
  readonly logLevel: LogLevel;
  readonly rateLimits: RateLimits;
  readonly limits: Limits;
}

/** What a store of firmware is made from. */
export type StoreSettings = Pick<
  AppConfig,
  'firmwareStore' | 'bucketAccess' | 'dataDir' | 'download' | 'limits'
>;

/** Of an S3-compatible object store. */
export interface BucketAccess {
  /** null: that of AWS for the region. */
  readonly endpoint: string | null;
  /** null: as the configuration files of AWS on this machine say. */
  readonly region: string | null;
  /** True: the bucket is in the path of a URL; false: in its host name. */
  readonly pathStyle: boolean;
  /** null: those that the machine, its role or its configuration files give. */
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  } | null;
}

/** Times a minute, and at once; 0: without a limit. Each process counts for itself. */
export interface RateLimits {
  /** Checks and reports of one device. */
  readonly device: number;
  /** Requests of one user or API token. */
  readonly admin: number;
  /** Devices that were never seen before, from one address; ten times as many from all. */
  readonly newDevices: number;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'verbose'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Internal limits. Operators cannot set them; tests lower them. */
export interface Limits {
  /** Maximum time for a request body other than an upload to arrive completely. */
  readonly bodyTimeoutMs: number;
  /** Maximum pause of an upload. */
  readonly uploadStallMs: number;
  /** A connection without any traffic for this long is closed. */
  readonly idleTimeoutMs: number;
  /** Interval at which the catalog is reloaded even without a notification. */
  readonly catalogRefreshMs: number;
  /** Interval at which the listening connection is probed; also the maximum wait for its response. */
  readonly heartbeatMs: number;
  /** Interval between two background checks of the database and the store for /health/status. */
  readonly healthLookMs: number;
  /** Timeout of each part of such a check. */
  readonly healthPatienceMs: number;
  /** Maximum time until an object store accepts a connection. */
  readonly bucketConnectMs: number;
  /** Maximum time until an object store answers a request. */
  readonly bucketAnswerMs: number;
  /** Maximum time without progress of an upload to an object store, or of a download from it. */
  readonly bucketStallMs: number;
  /** Interval at which the devices in an update loop are read. */
  readonly loopRefreshMs: number;
  /** Interval at which changes of who may speak for a device are read even without a notification. */
  readonly accessRefreshMs: number;
  /** Interval at which new events are read for the open streams even without a notification. */
  readonly eventPollMs: number;
  /** Minimum time between two events of one entity in a stream. */
  readonly eventSpanMs: number;
  /** Interval at which an open stream that has nothing to say shows that it is alive. */
  readonly eventHeartbeatMs: number;
  /** Interval at which deliveries of webhooks are looked for even without a notification. */
  readonly webhookPollMs: number;
  /** Maximum time between two writes of check-ins while any are waiting. */
  readonly checkInFlushMs: number;
  /** Maximum number of devices whose check-ins wait to be written. */
  readonly checkInCapacity: number;
  /** Maximum delay before a repeated offer to the same device is written. */
  readonly repeatedOfferFlushMs: number;
  /** Interval at which check-ins that were not written again are compared with what is on record. */
  readonly skippedCheckInLookMs: number;
  /** Pause before a failed write is retried. */
  readonly writeRetryMs: number;
  /** Maximum time that shutdown takes to write queued data. */
  readonly drainMs: number;
  /** Maximum event loop lag before requests are refused. */
  readonly eventLoopLagMs: number;
  /** Maximum number of reports that wait for a transaction; further reports get 503. */
  readonly reportCapacity: number;
  /** Maximum time until a report is answered. */
  readonly reportDeadlineMs: number;
  /** Maximum number of devices on record that were seen for a few minutes only, while devices need no credentials. */
  readonly unconfirmedDevices: number;
  /** Interval at which those beyond it are deleted. */
  readonly unconfirmedSweepMs: number;
  /** Interval at which the whole fleet is counted. */
  readonly fleetLookMs: number;
  /** Maximum time that a question about many devices waits for its turn. */
  readonly fleetWaitMs: number;
  /** Maximum time of each of its statements. */
  readonly fleetQueryMs: number;
  /** Interval at which one server looks for what time alone changes in rollouts. */
  readonly rolloutSweepMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  bodyTimeoutMs: 10_000,
  uploadStallMs: 30_000,
  idleTimeoutMs: 120_000,
  catalogRefreshMs: 60_000,
  heartbeatMs: 5_000,
  healthLookMs: 800,
  healthPatienceMs: 2_000,
  bucketConnectMs: 2_000,
  bucketAnswerMs: 5_000,
  bucketStallMs: 10_000,
  loopRefreshMs: 1_000,
  accessRefreshMs: 500,
  eventPollMs: 250,
  eventSpanMs: 1_000,
  eventHeartbeatMs: 15_000,
  webhookPollMs: 1_000,
  checkInFlushMs: 250,
  checkInCapacity: 50_000,
  repeatedOfferFlushMs: 1_000,
  skippedCheckInLookMs: 1_000,
  writeRetryMs: 1_000,
  drainMs: 10_000,
  eventLoopLagMs: 250,
  reportCapacity: 10_000,
  reportDeadlineMs: 10_000,
  unconfirmedDevices: 100_000,
  unconfirmedSweepMs: 60_000,
  fleetLookMs: 60_000,
  fleetWaitMs: 10_000,
  fleetQueryMs: 15_000,
  rolloutSweepMs: 30_000,
};

/** Injection token of the frozen configuration. */
export const APP_CONFIG = Symbol('APP_CONFIG');
