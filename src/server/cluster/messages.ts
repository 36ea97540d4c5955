import type { AppConfig } from '../../config/app-config.js';
import type { DrainPatience } from '../drain.js';
import type { ProcessSnapshot } from '../../metrics/metrics-collector.js';

/** What a worker needs to serve. It reads no environment and asks no disk: the primary has checked all of it. */
export interface WorkerOrder {
  readonly config: AppConfig;
  readonly databaseUrl: string;
}

/** A worker that listens. */
export interface WorkerReady {
  readonly port: number;
  /** Of the first admin, if this worker made it and made it up. */
  readonly password: string | null;
}

/** Why a worker could not begin to serve. */
export interface WorkerFailure {
  /** A sentence where the reason is known, a stack otherwise. */
  readonly reason: string;
  /** It passes by itself: the database is away. */
  readonly isPassing: boolean;
}

export type ToWorker =
  | ({ readonly kind: 'start' } & WorkerOrder)
  /** Say that you are not ready, and serve on. */
  | { readonly kind: 'announce' }
  /** Hold new requests, and say `held` when no connection is on its way any more. */
  | { readonly kind: 'hold' }
  /** Accept no more connections, and say `closed`. */
  | { readonly kind: 'close' }
  /** Finish what is under way, write what waits, end. */
  | { readonly kind: 'stop'; readonly patience: DrainPatience }
  /** Say what you have counted. */
  | { readonly kind: 'count'; readonly id: number }
  /** What all have counted, as this worker asked. */
  | { readonly kind: 'counted'; readonly id: number; readonly all: readonly ProcessSnapshot[] };

export type ToPrimary =
  /** Loaded; a message sent before would be lost. */
  | { readonly kind: 'waiting' }
  | ({ readonly kind: 'ready' } & WorkerReady)
  | { readonly kind: 'held' | 'closed' }
  | ({ readonly kind: 'failed' } & WorkerFailure)
  /** What has everybody counted? `id` is the worker's own. */
  | { readonly kind: 'collect'; readonly id: number }
  | { readonly kind: 'count'; readonly id: number; readonly snapshot: ProcessSnapshot };
