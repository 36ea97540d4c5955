import type { Argument, Command, Option } from 'commander';
import { bashScript } from './bash.js';
import { fishScript } from './fish.js';
import type { Flag, Grammar, Values, Word } from './grammar.js';
import { zshScript } from './zsh.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Generates a shell script that completes the commands, options and values of the program. */
export function completionScript(shell: Shell, program: Command): string {
  const grammar = grammarOf(program);
  switch (shell) {
    case 'bash':
      return bashScript(grammar);
    case 'zsh':
      return zshScript(grammar);
    case 'fish':
      return fishScript(grammar);
  }
}

function grammarOf(program: Command): Grammar {
  const shared = program.options.filter(({ long }) => long).map(toFlag);
  return { words: wordsOf(program, '', shared), shared };
}

/** All commands below one, with those of groups below them. */
function wordsOf(parent: Command, path: string, shared: readonly Flag[]): Word[] {
  return commandsOf(parent).flatMap((command) => {
    const name = `${path}${command.name()}`;
    const [argument] = command.registeredArguments;
    const below = commandsOf(command).map((one) => one.name());
    const word = {
      name,
      summary: command.summary() || command.description(),
      value:
        below.length > 0
          ? { kind: 'choices' as const, choices: below }
          : argument
            ? valuesOf(argument)
            : null,
      flags: [...command.options.map(toFlag), ...shared],
    };
    return [word, ...wordsOf(command, `${name} `, shared)];
  });
}

/** Without the help that commander adds to each group. */
const commandsOf = (command: Command): Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => command.parent === null || one.name() !== 'help');

function toFlag(option: Option): Flag {
  const { long, short, description, required, optional } = option;
  return {
    name: long ?? short ?? '',
    description,
    value: required || optional ? valuesOf(option) : null,
  };
}

function valuesOf(place: Option | Argument): Values {
  const name = 'long' in place ? place.flags : place.name();
  if (/\bfile\b|<path>/.test(name) && !name.includes('<bytes>') && !name.includes('<sha256>'))
    return { kind: 'file' };
  if (/^--id\b|^--firmware-id\b|^id$/.test(name)) return { kind: 'id' };
  return { kind: 'choices', choices: place.argChoices ?? [] };
}
