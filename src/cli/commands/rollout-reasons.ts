import type { Command } from 'commander';
import { EVIDENCE_FIELDS, type WireEvidencePoint, type WireRolloutFactors } from '../api/wire/rollouts.js';
import type { Io } from '../io.js';
import { wholeNumber } from '../options.js';
import { evidenceColumns, factorColumns } from '../output/rollouts.js';
import { renderTable } from '../output/table.js';
import { inSession, type Session } from '../session.js';
import { ROLLOUT_ARGUMENT, ROLLOUTS_PATH } from './rollout-watch.js';

interface EvidenceOptions {
  readonly points: number;
}

/** Adds the commands that say why a rollout halted, or may halt. */
export function addRolloutReasons(rollout: Command, io: Io): void {
  rollout
    .command('factors')
    .summary('show what the failed devices have in common')
    .description(
      'Compares the devices that failed with the others: revisions, previous versions, attributes and tags, the ' +
        'guiltiest first.',
    )
    .argument(...ROLLOUT_ARGUMENT)
    .action(inSession(io, factors));
  rollout
    .command('evidence')
    .summary('show how the evidence against a release has grown')
    .description(
      'Shows how many devices had failed after so many offers, and at how many it would have stopped.',
    )
    .argument(...ROLLOUT_ARGUMENT)
    .option('--points <number>', 'lines at most', wholeNumber(1, 500), 20)
    .action(inSession(io, evidence));
}

async function factors(_options: object, session: Session, [id]: readonly unknown[]): Promise<void> {
  const { output } = session;
  const path = `${ROLLOUTS_PATH}/${String(id)}/factors`;
  const answer = await session.admin().send<WireRolloutFactors>('GET', path);
  output.show(answer, ({ offered, failed, factors: found }) => {
    const line = `${failed} of ${offered} devices failed or are silent.`;
    if (found.length === 0) return failed === 0 ? line : `${line} They have nothing in common.`;
    return `${line}\n\n${renderTable(found, factorColumns, output.width, output.style)}`;
  });
}

async function evidence(
  { points }: EvidenceOptions,
  session: Session,
  [id]: readonly unknown[],
): Promise<void> {
  const { output } = session;
  const path = `${ROLLOUTS_PATH}/${String(id)}/evidence`;
  const answer = await session.admin().send<WireEvidencePoint[]>('GET', path, { query: { points } });
  output.show(
    answer,
    (rows) =>
      rows.length === 0
        ? 'No device has been offered it yet.'
        : renderTable(rows, evidenceColumns, output.width, output.style),
    EVIDENCE_FIELDS,
  );
}
