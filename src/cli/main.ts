#!/usr/bin/env node
import { CommanderError } from 'commander';
import { CommandFailure, UsageFailure } from './api/failure.js';
import { interruptedExitCode, listenForInterruptions } from './interruption.js';
import { buildProgram } from './program.js';

/** Exit 0: done; 1: refused or failed, the reason on stderr; 2: wrong usage; 130, 143: interrupted. */
async function main(): Promise<number> {
  const program = buildProgram();
  try {
    await program.parseAsync();
    return interruptedExitCode() ?? 0;
  } catch (error) {
    const interrupted = interruptedExitCode();
    if (interrupted !== undefined) return interrupted;
    if (error instanceof CommanderError) return error.exitCode;
    return explain(error);
  }
}

function explain(error: unknown): number {
  if (!(error instanceof CommandFailure)) {
    process.stderr.write(`ota: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  }
  const hints = error instanceof UsageFailure ? [...error.hints, 'See ota --help.'] : error.hints;
  process.stderr.write(`${[`ota: ${error.message}`, ...hints.map((hint) => `     ${hint}`)].join('\n')}\n`);
  return error.exitCode;
}

// Whoever reads the output may have had enough of it, as head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
listenForInterruptions();
process.exitCode = await main();
