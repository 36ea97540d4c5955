import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { findBinaries } from '../../../src/database/embedded/postgres-binaries.js';

/** What was done so many times, and how often it went as it must. */
export interface Row {
  readonly what: string;
  /** 0: it could not be tried here; the note says why. */
  readonly tried: number;
  readonly asExpected: number;
  readonly note: string;
  /** What went otherwise, in sentences; printed below the table. */
  readonly faults?: readonly string[];
}

/** A part of the run, with a table of its own. */
export interface Section {
  readonly name: string;
  readonly title: string;
  /** What is done and what must hold, for a reader who does not know the code. */
  readonly explanation: string;
  run(progress: (line: string) => void): Promise<Row[]>;
}

export interface Outcome {
  readonly section: Section;
  readonly rows: readonly Row[];
  readonly seconds: number;
}

const FILE = 'docs/reliability.md';
const FAULTS_SHOWN = 20;
const HEADINGS = ['what', 'tried', 'as expected', 'lost or wrong', 'note'];

export const isAsExpected = ({ tried, asExpected, faults = [] }: Row): boolean =>
  asExpected === tried && faults.length === 0;

/** Of something that was done so often, with a sentence for each time that it went wrong. */
export function rowOf(what: string, tried: number, faults: readonly string[], note = ''): Row {
  return { what, tried, asExpected: Math.max(0, tried - faults.length), note, faults };
}

/** Of something that this machine does not let be tried. */
export const notPossible = (what: string, why: string): Row => ({
  what,
  tried: 0,
  asExpected: 0,
  note: `not possible on this machine: ${why}`,
});

/** In place of the rows of a section that could not go on. */
export const brokenOff = (error: unknown): Row =>
  rowOf('the section itself', 1, [error instanceof Error ? (error.stack ?? error.message) : String(error)]);

export function textOf({ section, rows, seconds }: Outcome): string {
  const faults = rows.flatMap(({ what, faults: found = [] }) =>
    found.slice(0, FAULTS_SHOWN).map((fault) => `  ${what}: ${fault.slice(0, 600)}`),
  );
  return [`\n${section.title}, ${seconds.toFixed(0)} s`, ...tableOf(rows), ...faults, ''].join('\n');
}

/** A Markdown table with aligned columns, as Prettier writes it. */
function tableOf(rows: readonly Row[]): string[] {
  const cells = rows.map(({ what, tried, asExpected, note }) =>
    tried === 0 && asExpected === 0
      ? [what, '–', '–', '–', note]
      : [what, String(tried), String(asExpected), String(tried - asExpected), note],
  );
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...cells.map((line) => (line[column] ?? '').length)),
  );
  const isNumber = (column: number): boolean => column > 0 && column < 4;
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, column) => pad(text, widths[column] ?? 0, isNumber(column))).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [line(HEADINGS), line(rule), ...cells.map(line)];
}

function pad(text: string, width: number, toTheRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - text.length));
  return toTheRight ? space + text : text + space;
}

/** Replaces what stands in the document of the last run of these sections. */
export async function writeDocument(outcomes: readonly Outcome[]): Promise<void> {
  const where = await machine();
  let document = readFileSync(FILE, 'utf8');
  for (const outcome of outcomes) {
    const { name } = outcome.section;
    const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    if (!document.includes(begin)) document += `\n${begin}\n${end}\n`;
    const [before = '', rest = ''] = document.split(begin);
    const after = rest.split(end)[1] ?? '';
    document = `${before}${begin}\n\n${chapterOf(outcome, where)}\n\n${end}${after}`;
  }
  writeFileSync(FILE, document);
}

function chapterOf({ section, rows, seconds }: Outcome, where: string): string {
  return [
    `## ${section.title}`,
    '',
    ...wrap(section.explanation),
    '',
    ...wrap(`Last run: ${where}, ${seconds.toFixed(0)} seconds.`),
    '',
    ...tableOf(rows),
  ].join('\n');
}

async function machine(): Promise<string> {
  const { postgres } = await findBinaries();
  const version = execFileSync(postgres, ['--version'], { encoding: 'utf8' }).trim().split(' ').at(-1) ?? '';
  const [date] = new Date().toISOString().split('T', 1);
  return `${date ?? ''}, ${availableParallelism()} cores, Node ${process.versions.node}, PostgreSQL ${version}`;
}

const LINE = 120;

function wrap(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > LINE) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
