import type { Command } from 'commander';
import type { Io } from './io.js';
import { buildProgram, isGroupAlone } from './program.js';
import { runAsCommand } from './run-as-command.js';

/**
 * Runs `ota` once.
 * @param args the arguments after `ota` on the command line
 * @returns the exit code
 */
export function runOta(args: readonly string[], io: Io): Promise<number> {
  const program = buildProgram(io);
  const { command, path } = findCommand(program, args);
  const help = `See ${path.join(' ')} --help.`;
  const helpOnGroup = (error: unknown): void => {
    if (!isGroupAlone(error)) throw error;
    command.outputHelp();
  };
  return runAsCommand(
    async () => {
      if (args.length === 0) program.outputHelp();
      else
        await program.parseAsync(asksForVersion(args) ? ['-V'] : args, { from: 'user' }).catch(helpOnGroup);
    },
    io,
    help,
  );
}

/** Finds the innermost command that the arguments name, and its path on the command line. */
function findCommand(program: Command, args: readonly string[]): { command: Command; path: string[] } {
  let command = program;
  const path = [program.name()];
  for (const arg of args) {
    const next = command.commands.find((known) => known.name() === arg);
    if (!next) continue;
    command = next;
    path.push(arg);
  }
  return { command, path };
}

/** Returns whether `--version` comes before any command; after a command it is the version of a firmware. */
function asksForVersion(args: readonly string[]): boolean {
  const command = args.findIndex((arg) => !arg.startsWith('-'));
  return (command === -1 ? args : args.slice(0, command)).includes('--version');
}
