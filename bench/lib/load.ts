import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** So many connections; each sends its share of the requests, one at a time, again and again. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly requests: readonly LoadRequest[];
  /** A new TLS connection for each request, with a handshake of this kind. Otherwise they are kept. */
  readonly handshake?: Handshake;
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

/** @throws Error when an answer was other than 2xx: what failed is not measured */
export async function applyLoad(load: Load): Promise<LoadResult> {
  const script = load.handshake ? './handshake-load-process.js' : './load-process.js';
  const child = fork(fileURLToPath(new URL(script, import.meta.url)));
  child.send(load);
  const result = await new Promise<LoadResult>((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => {
      reject(new Error(`The load ended with ${String(code)} and no result.`));
    });
  });
  if (result.failures > 0) throw new Error(`${result.failures} requests to ${load.url} failed.`);
  return result;
}
