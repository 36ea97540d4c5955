import type { Explanation, ExplanationStep } from '../api/wire.js';
import type { Output } from './output.js';
import type { StyleName } from './style.js';
import { displayWidth, printable, wrap } from './text.js';

interface Mark {
  readonly sign: string;
  readonly style: StyleName;
}
const MARKS: Readonly<Record<'true' | 'false' | 'null', Mark>> = {
  true: { sign: '✓', style: 'green' },
  false: { sign: '✗', style: 'red' },
  null: { sign: '·', style: 'dim' },
};
const GAP = '  ';

/** The answer in one line, then what it rests on: a line for each step, and why where it is the reason or a warning. */
export function renderExplanation(explanation: Explanation, output: Output): string {
  const { style, width } = output;
  const titles = explanation.steps.map(({ title }) => displayWidth(title));
  const indent = ' '.repeat('✓ '.length + Math.max(...titles) + GAP.length);
  const lines = explanation.steps.flatMap(({ ok, title, detail }) => {
    const { sign, style: name } = MARKS[`${ok ?? 'null'}`];
    const label = printable(title).padEnd(indent.length - '✓ '.length - GAP.length);
    const [first = '', ...rest] = wrap(printable(detail), width - indent.length);
    return [`${style(name, `${sign} ${label}`)}${GAP}${first}`, ...rest.map((line) => indent + line)];
  });
  const head = wrap(headlineOf(explanation, output), width).map((line) => style('bold', line));
  return [...head, '', ...lines].join('\n');
}

function headlineOf(
  { device_id, verdict, steps, next_check_expected_at }: Explanation,
  output: Output,
): string {
  const reason = steps.find(({ ok }: ExplanationStep) => ok === false);
  if (reason) return `Device ${device_id} is not updated. ${reason.title}.`;
  if (verdict === 'up_to_date') return `Device ${device_id} is up to date.`;
  const when =
    next_check_expected_at === null ? '' : `, expected ${output.times.full(next_check_expected_at)}`;
  return `Device ${device_id} gets an update at its next check${when}.`;
}
