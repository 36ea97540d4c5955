const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Handles Ctrl-C and SIGTERM: the first one lets running work end cleanly, the second one exits. */
export class Interruption {
  private readonly controller = new AbortController();

  constructor(private readonly exit: (code: number) => void) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The exit code for the signal that interrupted the command; undefined if there was none. */
  get exitCode(): number | undefined {
    return this.signal.aborted ? (this.signal.reason as number) : undefined;
  }

  /** Also called by prompts, because a terminal in raw mode does not turn Ctrl-C into a signal. */
  interrupt(signal: keyof typeof EXIT_CODES = 'SIGINT'): void {
    if (this.signal.aborted) this.exit(EXIT_CODES[signal]);
    else this.controller.abort(EXIT_CODES[signal]);
  }
}
