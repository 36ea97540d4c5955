import type { Io } from './io.js';
import { buildProgram } from './program.js';
import { runAsCommand } from './run-as-command.js';

/**
 * One run of `ota`.
 * @param args what stands behind `ota` on the command line
 * @returns the exit code
 */
export function runOta(args: readonly string[], io: Io): Promise<number> {
  const program = buildProgram(io);
  const command = program.commands.find((known) => args.includes(known.name()));
  const help = `See ota ${command ? `${command.name()} ` : ''}--help.`;
  return runAsCommand(
    async () => {
      if (args.length === 0) program.outputHelp();
      else await program.parseAsync(asksForVersion(args) ? ['-V'] : args, { from: 'user' });
    },
    io,
    help,
  );
}

/** `--version` in front of every command: behind one it is the version of a firmware. */
function asksForVersion(args: readonly string[]): boolean {
  const command = args.findIndex((arg) => !arg.startsWith('-'));
  return (command === -1 ? args : args.slice(0, command)).includes('--version');
}
