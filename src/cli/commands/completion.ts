import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion/script.js';
import { listAllFirmware } from '../find-firmware.js';
import type { Io } from '../io.js';
import { examples } from '../options.js';
import { stateOf } from '../output/firmware.js';
import { printable } from '../output/text.js';
import { inSession, type Session } from '../session.js';

export function addCompletion(program: Command, io: Io): void {
  const command = program
    .command('completion')
    .summary('print a script that completes commands, options and ids')
    .description('Prints a completion script for your shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell) => {
      io.stdout.write(completionScript(shell, program));
    });
  examples(command, [
    ['bash, in ~/.bashrc', 'source <(ota completion bash)'],
    ['zsh, in ~/.zshrc after compinit', 'source <(ota completion zsh)'],
    ['fish, once', 'ota completion fish > ~/.config/fish/completions/ota.fish'],
  ]);
  program
    .command('completion-ids', { hidden: true })
    .description('Prints the ids of firmware with descriptions, for the scripts of ota completion.')
    .action(inSession(io, printIds));
}

async function printIds(_options: object, session: Session): Promise<void> {
  for (const row of await listAllFirmware(session.admin())) {
    const about = `${row.device_type} ${row.version} build ${row.build_number}, ${stateOf(row)}`;
    session.output.line(`${row.id}\t${printable(about)}`);
  }
}
