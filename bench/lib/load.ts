import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cpuSeconds } from './process-cost.js';

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** So many connections; each sends its share of the requests, one at a time, again and again. */
export interface Load {
  readonly url: string;
  /** Of more servers, between which and `url` the connections are divided; only for a lean load. */
  readonly otherUrls?: readonly string[] | undefined;
  readonly connections: number;
  readonly seconds: number;
  readonly requests: readonly LoadRequest[];
  /** A new TLS connection for each request, with a handshake of this kind. Otherwise they are kept. */
  readonly handshake?: Handshake;
  /** Costs less itself, but does not check the answers as thoroughly. */
  readonly isLean?: boolean;
}

export type Handshake = 'full' | 'resumed';

export interface LoadResult {
  readonly answers: number;
  readonly perSecond: number;
  readonly bytesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, errors, timeouts, and handshakes of the other kind. */
  readonly failures: number;
}

/** And what it took of the machine. */
export interface AppliedLoad extends LoadResult {
  /** CPU time of the load itself, in seconds. */
  readonly cpuSeconds: number;
}

/** @throws Error when an answer was other than 2xx: what failed is not measured */
export async function applyLoad(load: Load): Promise<AppliedLoad> {
  const script = scriptFor(load);
  const child = fork(fileURLToPath(new URL(script, import.meta.url)));
  child.send(load);
  const pids = [child.pid ?? 0];
  const before = cpuSeconds(pids);
  const result = await new Promise<AppliedLoad>((resolve, reject) => {
    child.once('message', (counted: LoadResult) => {
      resolve({ ...counted, cpuSeconds: cpuSeconds(pids) - before });
    });
    child.once('exit', (code) => {
      reject(new Error(`The load ended with ${String(code)} and no result.`));
    });
  });
  if (result.failures > 0) throw new Error(`${result.failures} requests to ${load.url} failed.`);
  return result;
}

function scriptFor({ handshake, isLean }: Load): string {
  if (handshake) return './handshake-load-process.js';
  return isLean ? './lean-load-process.js' : './load-process.js';
}
