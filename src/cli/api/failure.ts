/** A command failed: the message for stderr, and the exit code. */
export class CommandFailure extends Error {
  override readonly name: string = 'CommandFailure';

  constructor(
    message: string,
    /** Hints that say what to do, one line each. */
    readonly hints: readonly string[] = [],
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}

/** A usage error: exit code 2. */
export class UsageFailure extends CommandFailure {
  override readonly name = 'UsageFailure';

  constructor(message: string, hints: readonly string[] = []) {
    super(message, hints, 2);
  }
}
