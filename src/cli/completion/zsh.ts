import {
  alternatives,
  firstWords,
  IDS,
  quoted,
  type Flag,
  type Grammar,
  type Values,
  type Word,
} from './grammar.js';

export const zshScript = ({ words, shared }: Grammar): string => `#compdef ota
_ota_ids() {
  local -a ids
  ids=(\${(f)"$(${IDS})"})
  # The command separates the id and its description with a tab, zsh expects a colon.
  ids=("\${ids[@]/$'\\t'/:}")
  _describe -t ids 'id of a firmware' ids
}
_ota() {
  local word command='' current=\${words[CURRENT]}
  for word in \${words[2,CURRENT-1]}; do
    case \${command:+$command }$word in (${alternatives(words)}) command=\${command:+$command }$word ;; esac
  done
  case $command:\${words[CURRENT-1]} in
${[...words.flatMap(valueCases), ...shared.flatMap((flag) => caseOf('', flag))].join('\n')}
  esac
  local -a commands options
  case $command in
${words.map(wordCase).join('\n')}
    (*)
      commands=(${described(firstWords(words).map(({ name, summary }) => [name, summary]))})
      options=(${flagsOf(shared)})
      _describe -t commands 'command' commands
      _describe -o -t options 'option' options ;;
  esac
}
compdef _ota ota
`;

/** Colons in names are escaped, because a colon begins the description. */
const described = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([name, text]) => quoted(`${name.replaceAll(':', '\\:')}:${text}`)).join(' ');

const flagsOf = (flags: readonly Flag[]): string =>
  described(flags.map(({ name, description }) => [name, description]));

const valueCases = ({ name, flags }: Word): string[] => flags.flatMap((flag) => caseOf(name, flag));

function caseOf(command: string, { name, value }: Flag): string[] {
  return value ? [`    (${quoted(command)}:${name}) ${complete(value)}; return ;;`] : [];
}

function complete(value: Values): string {
  switch (value.kind) {
    case 'file':
      return '_files';
    case 'id':
      return '_ota_ids';
    case 'choices':
      return `compadd -- ${value.choices.join(' ')}`.trimEnd();
  }
}

function wordCase({ name, value, flags }: Word): string {
  const own = `options=(${flagsOf(flags)}); _describe -o -t options 'option' options`;
  if (!value) return `    (${quoted(name)}) ${own} ;;`;
  return `    (${quoted(name)}) if [[ $current == -* ]]; then ${own}; else ${complete(value)}; fi ;;`;
}
