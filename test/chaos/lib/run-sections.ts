import {
  brokenOff,
  isAsExpected,
  notPossible,
  textOf,
  writeDocument,
  type Outcome,
  type Section,
} from './report.js';

/** How the sections of a program are run. */
export interface SectionRun {
  /** Why this machine lets none of them be tried; null: it does. */
  readonly whyNot?: string | null;
  /** After the last one. */
  readonly close?: () => Promise<void>;
}

/**
 * Runs the sections that the arguments of the process name, or all of them, and prints their tables. With `--write` they are
 * kept in the document. Exits with 1 when anything is lost or otherwise than expected, with 2 when there is no such section.
 */
export async function runSections(
  sections: readonly Section[],
  { whyNot = null, close = () => Promise.resolve() }: SectionRun = {},
): Promise<never> {
  const args = process.argv.slice(2);
  const asked = args.filter((arg) => arg !== '--write');
  refuseUnknown(sections, asked);
  const outcomes: Outcome[] = [];
  for (const section of sections) {
    if (asked.length > 0 && !asked.includes(section.name)) continue;
    const outcome = await outcomeOf(section, whyNot);
    outcomes.push(outcome);
    process.stdout.write(`${textOf(outcome)}\n`);
  }
  await close();
  if (args.includes('--write')) await writeDocument(outcomes);
  process.exit(outcomes.every(({ rows }) => rows.every(isAsExpected)) ? 0 : 1);
}

async function outcomeOf(section: Section, whyNot: string | null): Promise<Outcome> {
  const begun = performance.now();
  const secondsNow = (): number => (performance.now() - begun) / 1000;
  const progress = (line: string): void => {
    process.stdout.write(`${section.name} ${secondsNow().toFixed(0)} s: ${line}\n`);
  };
  const rows =
    whyNot === null
      ? await section.run(progress).catch((error: unknown) => [brokenOff(error)])
      : [notPossible(section.title, whyNot)];
  return { section, rows, seconds: secondsNow() };
}

function refuseUnknown(sections: readonly Section[], asked: readonly string[]): void {
  const unknown = asked.filter((name) => !sections.some((section) => section.name === name));
  if (unknown.length === 0) return;
  const names = sections.map(({ name }) => name).join(', ');
  process.stderr.write(`There is no section ${unknown.join(', ')}: there are ${names}.\n`);
  process.exit(2);
}
