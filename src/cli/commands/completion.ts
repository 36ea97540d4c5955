import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion/script.js';

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print a script that completes commands and options')
    .description(
      'Prints a script for your shell. bash: source <(ota completion bash), in ~/.bashrc. zsh: the same with zsh, in ' +
        '~/.zshrc after compinit. fish: ota completion fish > ~/.config/fish/completions/ota.fish.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, program));
    });
}
