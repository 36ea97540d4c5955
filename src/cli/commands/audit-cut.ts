import type { Command } from 'commander';
import { askFirst, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import type { Io } from '../io.js';
import { examples, pointInTime } from '../options.js';
import { counted } from '../output/format.js';
import { inSession, type Session } from '../session.js';

interface CutOptions extends Confirmable {
  readonly before: string;
}

interface CutAnswer {
  readonly removed: number;
}

export function addAuditCut(audit: Command, io: Io): void {
  const command = audit
    .command('cut')
    .summary('remove the oldest rows')
    .description(
      'Removes the rows before a time that is at least 90 days ago. The removal is a row of its own, and the server signs ' +
        'where the log begins then. Asks for confirmation.',
    )
    .requiredOption(
      '--before <time>',
      'remove older rows: 400d ago, or 2026-01-31',
      pointInTime(() => io.now()),
    )
    .option(...YES)
    .action(inSession(io, cut));
  examples(command, [['Keep two years', 'ota audit cut --before 730d']]);
}

async function cut(options: CutOptions, session: Session): Promise<void> {
  requireAnswerable(options, session, 'ota audit cut');
  const { before } = options;
  const what = `Remove all rows of the audit log before ${session.output.times.full(before)} permanently.`;
  await askFirst(options, session, () => Promise.resolve(what), 'Nothing was removed.');
  const answer = await session
    .admin()
    .send<CutAnswer>('POST', '/api/ota/admin/audit/cut', { json: { before } });
  session.output.show(answer, ({ removed }) =>
    removed === 0 ? 'There is nothing to remove.' : `Removed ${counted(removed, 'row')}.`,
  );
}
