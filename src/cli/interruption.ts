/** Aborted by the first Ctrl-C or SIGTERM, so that what is under way can end cleanly. */
export const interruption = new AbortController();

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** The exit code for what interrupted the command; undefined while nothing has. */
export function interruptedExitCode(): number | undefined {
  return interruption.signal.aborted ? (interruption.signal.reason as number) : undefined;
}

/** As if the user had pressed Ctrl-C, for where the terminal does not turn that into a signal. */
export function interrupt(signal: keyof typeof EXIT_CODES = 'SIGINT'): void {
  if (interruption.signal.aborted) process.exit(EXIT_CODES[signal]);
  interruption.abort(EXIT_CODES[signal]);
}

export function listenForInterruptions(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      interrupt(signal);
    });
  }
}
