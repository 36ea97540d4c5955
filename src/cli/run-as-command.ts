import { CommanderError } from 'commander';
import { CommandFailure, UsageFailure } from './api/failure.js';
import { interruptedExitCode } from './interruption.js';

/** @returns the exit code: 0 done; 1 refused or failed, with the reason on stderr; 2 wrong usage; 130, 143 interrupted */
export async function runAsCommand(run: () => Promise<unknown>): Promise<number> {
  try {
    await run();
    return interruptedExitCode() ?? 0;
  } catch (error) {
    const interrupted = interruptedExitCode();
    if (interrupted !== undefined) return interrupted;
    // Help or the version has been printed.
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`${explain(error)}\n`);
    return error instanceof CommandFailure ? error.exitCode : 1;
  }
}

function explain(error: unknown): string {
  if (!(error instanceof CommandFailure)) {
    return `ota: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
  const hints = error instanceof UsageFailure ? [...error.hints, 'See ota --help.'] : error.hints;
  return [`ota: ${error.message}`, ...hints.map((hint) => `     ${hint}`)].join('\n');
}
