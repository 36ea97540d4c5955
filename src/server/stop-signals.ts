import { isatty } from 'node:tty';

const STDIN = 0;
/** Ctrl-C reaches the server twice under npm: from the terminal, and from npm, which passes it on. */
const ONE_KEY_MS = 500;

/** Somebody asked this process to stop. */
export class StopRequested extends Error {
  override readonly name = 'StopRequested';

  constructor(readonly signal: NodeJS.Signals) {
    super(`${signal} was received.`);
  }
}

export interface StopSignals {
  /** Aborted by the first signal, with a {@link StopRequested}. */
  readonly requested: AbortSignal;
  /** Replaces what SIGHUP does, which is to stop, unless the terminal is gone that the server was started from. */
  onHangUp(handle: () => void): void;
}

/**
 * Listens for SIGTERM, SIGINT and SIGHUP; a second signal ends the process at once. To be called first of all: as process 1
 * of a container, a process does not even receive signals that it does not listen for.
 */
export function watchStopSignals(): StopSignals {
  const request = new AbortController();
  let requestedAt = 0;
  const stop = (signal: NodeJS.Signals): void => {
    if (!request.signal.aborted) {
      requestedAt = performance.now();
      request.abort(new StopRequested(signal));
    } else if (performance.now() - requestedAt >= ONE_KEY_MS) process.exit(1);
  };
  let hangUp = (): void => {
    stop('SIGHUP');
  };
  const hadTerminal = isatty(STDIN);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(signal);
    });
  }
  process.on('SIGHUP', () => {
    if (hadTerminal && !isatty(STDIN)) stop('SIGHUP');
    else hangUp();
  });
  return {
    requested: request.signal,
    onHangUp: (handle) => {
      hangUp = handle;
    },
  };
}
