#!/usr/bin/env node
import { listenForInterruptions } from './interruption.js';
import { buildProgram } from './program.js';
import { runAsCommand } from './run-as-command.js';

// Whoever reads the output may have had enough of it, as head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
listenForInterruptions();
process.exitCode = await runAsCommand(() => buildProgram().parseAsync());
