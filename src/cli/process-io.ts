import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Interruption } from './interruption.js';
import type { Io } from './io.js';

/** The streams, the environment and the signals of this process. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  // The reader of a pipe may close it early, as head does.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const interruption = new Interruption((code) => process.exit(code));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      interruption.interrupt(signal);
    });
  }
  return {
    stdin,
    stdout,
    stderr,
    env,
    interruption,
    version: ownVersion(),
    now: () => Date.now(),
    sleep: (ms) => sleep(ms, undefined, { signal: interruption.signal }),
  };
}

function ownVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
