import { firstWords, IDS, namesOf, type Flag, type Grammar, type Values, type Word } from './grammar.js';

export const fishScript = ({ words, shared }: Grammar): string =>
  [
    '# Whether the words before the cursor are this command; empty: none yet.',
    'function __ota_at',
    "  set -l found ''",
    '  for word in (commandline -opc)[2..-1]',
    '    set -l next (string trim -- "$found $word")',
    `    contains -- "$next" ${namesOf(words).map(quote).join(' ')}; and set found "$next"`,
    '  end',
    '  test "$found" = "$argv[1]"',
    'end',
    'complete -c ota -f',
    ...firstWords(words).map(
      ({ name, summary }) => `complete -c ota -n "__ota_at ''" -a ${name} -d ${quote(summary)}`,
    ),
    ...shared.map((flag) => `complete -c ota ${flagText(flag)}`),
    ...words.flatMap((word) => wordLines(word, shared)),
    '',
  ].join('\n');

function wordLines({ name, value, flags }: Word, shared: readonly Flag[]): string[] {
  const here = `complete -c ota -n "__ota_at '${name}'"`;
  const values = value && valueText(value);
  return [
    ...(values ? [`${here} ${values}`] : []),
    ...flags.filter((flag) => !shared.includes(flag)).map((flag) => `${here} ${flagText(flag)}`),
  ];
}

function flagText({ name, description, value }: Flag): string {
  const what = `-l ${name.replace(/^--/, '')} -d ${quote(description)}`;
  if (!value) return what;
  return value.kind === 'file' ? `${what} -r -F` : `${what} -x ${valueText(value)}`.trimEnd();
}

function valueText(value: Values): string {
  switch (value.kind) {
    case 'file':
      return '-F';
    case 'id':
      return `-a '(${IDS})'`;
    case 'choices':
      return value.choices.length > 0 ? `-a '${value.choices.join(' ')}'` : '';
  }
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
