import { macOf } from '../../domain/device-id.js';
import type { Explanation, ExplanationStep } from '../api/wire/devices.js';
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
const WARNING: Mark = { sign: '!', style: 'yellow' };
/** Steps that warn where they are not met: what they find is no reason, but somebody should look at it. */
const WARNINGS: readonly string[] = ['files_intact', 'one_device'];
const GAP = '  ';

/** The answer in a sentence, then what it rests on: a line for each step. */
export function renderExplanation(explanation: Explanation, output: Output): string {
  const { style, width } = output;
  const titles = explanation.steps.map(({ title }) => displayWidth(title));
  const indent = ' '.repeat('✓ '.length + Math.max(...titles) + GAP.length);
  const lines = explanation.steps.flatMap((step) => {
    const { sign, style: name } = markOf(step);
    const label = printable(step.title).padEnd(indent.length - '✓ '.length - GAP.length);
    const [first = '', ...rest] = wrap(printable(step.detail), width - indent.length);
    return [`${style(name, `${sign} ${label}`)}${GAP}${first}`, ...rest.map((line) => indent + line)];
  });
  const head = wrap(headlineOf(explanation, output), width).map((line) => style('bold', line));
  return [...head, '', ...lines].join('\n');
}

const markOf = ({ code, ok }: ExplanationStep): Mark =>
  ok === null && WARNINGS.includes(code) ? WARNING : MARKS[`${ok ?? 'null'}`];

function headlineOf({ device_id, verdict, status, steps, ...rest }: Explanation, output: Output): string {
  const device = `Device ${macOf(device_id) ?? device_id}`;
  const reason = steps.find(({ ok }) => ok === false);
  if (status === 'silent' && verdict === 'up_to_date') {
    return `${device} ran the newest release when it was last heard, and is silent since.`;
  }
  if (reason) return `${device} is not updated. ${reason.title}.`;
  if (status === 'updating') return `${device} is updating now.`;
  if (verdict === 'up_to_date') return `${device} is up to date.`;
  const expected = rest.next_check_expected_at;
  const when = expected === null ? '' : `, expected ${output.times.full(expected)}`;
  return `${device} gets an update at its next check${when}.`;
}
