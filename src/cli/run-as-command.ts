import { CommanderError } from 'commander';
import { CommandFailure, UsageFailure } from './api/failure.js';
import { columnsOf, type Io } from './io.js';
import { printable, wrap } from './output/text.js';
import { styleFor } from './output/style.js';

/**
 * @param help the hint that follows a usage error
 * @returns the exit code: 0 success; 1 refused or failed, with the reason on stderr; 2 usage error; 130, 143 interrupted
 */
export async function runAsCommand(
  run: () => Promise<unknown>,
  io: Io,
  help = 'See ota --help.',
): Promise<number> {
  try {
    await run();
    return io.interruption.exitCode ?? 0;
  } catch (error) {
    const interrupted = io.interruption.exitCode;
    if (interrupted !== undefined) return interrupted;
    // Commander throws this after it has printed help or the version.
    if (error instanceof CommanderError) return error.exitCode;
    io.stderr.write(`${explain(error, io, help)}\n`);
    return error instanceof CommandFailure ? error.exitCode : 1;
  }
}

const NAME = 'ota: ';

function explain(error: unknown, { stderr, env }: Io, help: string): string {
  const name = styleFor(stderr, env)('red', NAME);
  if (!(error instanceof CommandFailure)) {
    return name + (error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const width = stderr.isTTY === true ? columnsOf(stderr) - NAME.length : Infinity;
  const hints = error instanceof UsageFailure ? [...error.hints, help] : error.hints;
  const lines = [error.message, ...hints].flatMap((text) => wrap(printable(text), width));
  return name + lines.join(`\n${' '.repeat(NAME.length)}`);
}
