const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Ctrl-C or SIGTERM: the first one lets what is under way end cleanly, the second one ends the process. */
export class Interruption {
  private readonly controller = new AbortController();

  constructor(private readonly exit: (code: number) => void) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The exit code for what interrupted the command; undefined while nothing has. */
  get exitCode(): number | undefined {
    return this.signal.aborted ? (this.signal.reason as number) : undefined;
  }

  /** Also for a terminal in raw mode, which does not turn Ctrl-C into a signal. */
  interrupt(signal: keyof typeof EXIT_CODES = 'SIGINT'): void {
    if (this.signal.aborted) this.exit(EXIT_CODES[signal]);
    else this.controller.abort(EXIT_CODES[signal]);
  }
}
