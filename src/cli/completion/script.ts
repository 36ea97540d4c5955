import type { Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Flag {
  readonly name: string;
  readonly description: string;
  /** null: it takes no value. */
  readonly value: { readonly choices: readonly string[]; readonly isFile: boolean } | null;
}

interface Word {
  readonly name: string;
  readonly summary: string;
  readonly choices: readonly string[];
  readonly isFile: boolean;
  readonly flags: readonly Flag[];
}

/** A script of the shell that completes the commands, options and values of the program. */
export function completionScript(shell: Shell, program: Command): string {
  const shared = program.options.filter(({ long }) => long).map(toFlag);
  const words = program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary() || command.description(),
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    isFile: command.registeredArguments.some((argument) => argument.name() === 'file'),
    flags: [...command.options.map(toFlag), ...shared],
  }));
  return WRITERS[shell](words, shared);
}

function toFlag({ long, short, description, argChoices, required, optional, flags }: Option): Flag {
  const choices = argChoices ?? [];
  const takesValue = required || optional;
  return {
    name: long ?? short ?? '',
    description,
    value: takesValue ? { choices, isFile: flags.includes('<path>') } : null,
  };
}

const WRITERS: Readonly<Record<Shell, (words: readonly Word[], shared: readonly Flag[]) => string>> = {
  bash: (words, shared) => `_ota() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${words.map(({ name }) => name).join('|')}) command=$word; break ;; esac
  done
  case $command:$previous in
${words.flatMap(bashValues).join('\n')}
  esac
  case $command in
${words.map(bashFlags).join('\n')}
    *) COMPREPLY=($(compgen -W '${names([...words, ...shared])}' -- "$current")) ;;
  esac
}
complete -F _ota ota
`,
  zsh: (words, shared) => `#compdef ota
_ota() {
  local word command=''
  for word in \${words[2,CURRENT-1]}; do
    case $word in (${words.map(({ name }) => name).join('|')}) command=$word; break ;; esac
  done
  case $command:\${words[CURRENT-1]} in
${words.flatMap(zshValues).join('\n')}
  esac
  case $command in
${words.map(zshFlags).join('\n')}
    (*) compadd -- ${names([...words, ...shared])} ;;
  esac
}
compdef _ota ota
`,
  fish: (words, shared) =>
    [
      'complete -c ota -f',
      ...words.map(
        ({ name, summary }) => `complete -c ota -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
      ),
      ...shared.map((flag) => `complete -c ota ${fishFlag(flag)}`),
      ...words.flatMap(fishWord),
      '',
    ].join('\n'),
};

const names = (words: readonly { readonly name: string }[]): string =>
  words.map(({ name }) => name).join(' ');

/** Lines for the values of the options that have some to choose from, or are files. */
function bashValues({ name, flags }: Word): string[] {
  return flags.flatMap((flag) => {
    if (!flag.value) return [];
    const { choices, isFile } = flag.value;
    const how = isFile ? '-f' : `-W '${choices.join(' ')}'`;
    return [`    ${name}:${flag.name}) COMPREPLY=($(compgen ${how} -- "$current")); return ;;`];
  });
}

function bashFlags({ name, flags, choices, isFile }: Word): string {
  const files = isFile ? '-f ' : '';
  return `    ${name}) COMPREPLY=($(compgen ${files}-W '${[...choices, ...flags.map((flag) => flag.name)].join(' ')}' -- "$current")) ;;`;
}

function zshValues({ name, flags }: Word): string[] {
  return flags.flatMap((flag) => {
    if (!flag.value) return [];
    const { choices, isFile } = flag.value;
    return [`    (${name}:${flag.name}) ${isFile ? '_files' : `compadd -- ${choices.join(' ')}`}; return ;;`];
  });
}

function zshFlags({ name, flags, choices, isFile }: Word): string {
  const files = isFile ? '_files; ' : '';
  return `    (${name}) ${files}compadd -- ${[...choices, ...flags.map((flag) => flag.name)].join(' ')} ;;`;
}

function fishWord({ name, choices, isFile, flags }: Word): string[] {
  const here = `complete -c ota -n '__fish_seen_subcommand_from ${name}'`;
  return [
    ...(choices.length > 0 ? [`${here} -a '${choices.join(' ')}'`] : []),
    ...(isFile ? [`${here} -F`] : []),
    ...flags.map((flag) => `${here} ${fishFlag(flag)}`),
  ];
}

function fishFlag({ name, description, value }: Flag): string {
  const what = `-l ${name.replace(/^--/, '')} -d ${quote(description)}`;
  if (!value) return what;
  if (value.isFile) return `${what} -r -F`;
  return value.choices.length > 0 ? `${what} -x -a '${value.choices.join(' ')}'` : `${what} -x`;
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
