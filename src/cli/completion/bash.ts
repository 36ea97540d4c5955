import {
  alternatives,
  firstWords,
  IDS,
  namesOf,
  quoted,
  type Grammar,
  type Values,
  type Word,
} from './grammar.js';

/** The script supports bash 3.2, which macOS ships, and newer. */
export const bashScript = ({ words, shared }: Grammar): string => `# bash completion for ota
_ota_words() {
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}
_ota_files() {
  # This makes bash append a slash to folders and quote spaces; bash 3.2, which lacks it, completes plain names.
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$current"))
}
_ota_ids() {
  _ota_words "$(${IDS} | cut -f1)"
}
_ota() {
  local IFS=$' \\t\\n' current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case \${command:+$command }$word in ${alternatives(words)}) command=\${command:+$command }$word ;; esac
  done
  COMPREPLY=()
  case $command:$previous in
${[...words.flatMap(valueCases), ...shared.flatMap((flag) => caseOf('', flag.name, flag.value))].join('\n')}
  esac
  case $command in
${words.map(wordCase).join('\n')}
    *) _ota_words ${quoted([...namesOf(firstWords(words)), ...namesOf(shared)].join(' '))} ;;
  esac
}
complete -F _ota ota
`;

const valueCases = ({ name, flags }: Word): string[] =>
  flags.flatMap((flag) => caseOf(name, flag.name, flag.value));

function caseOf(command: string, flag: string, value: Values | null): string[] {
  return value ? [`    ${quoted(command)}:${flag}) ${complete(value)}; return ;;`] : [];
}

function complete(value: Values): string {
  switch (value.kind) {
    case 'file':
      return `IFS=$'\\n'; _ota_files`;
    case 'id':
      return '_ota_ids';
    case 'choices':
      return `_ota_words ${quoted(value.choices.join(' '))}`;
  }
}

function wordCase({ name, value, flags }: Word): string {
  const ownFlags = `_ota_words ${quoted(namesOf(flags).join(' '))}`;
  if (!value) return `    ${quoted(name)}) ${ownFlags} ;;`;
  return `    ${quoted(name)}) case $current in -*) ${ownFlags} ;; *) ${complete(value)} ;; esac ;;`;
}
