import type { Command } from 'commander';
import { AUDIT_FIELDS, type AuditRow } from '../api/wire/audit.js';
import type { Io } from '../io.js';
import { examples, pointInTime } from '../options.js';
import { auditColumns } from '../output/audit.js';
import { renderPage } from '../output/page.js';
import { readList, type PageOptions } from '../read-list.js';
import { inSession, type Session } from '../session.js';
import { addAuditCut } from './audit-cut.js';
import { addAuditVerify } from './audit-verify.js';
import { addPaging } from './list.js';

interface AuditOptions extends PageOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly since?: string;
  readonly until?: string;
}

export function addAudit(program: Command, io: Io): void {
  const time = pointInTime(() => io.now());
  const command = program
    .command('audit')
    .summary('list who did what, the newest first')
    .description('Lists what admins and devices changed, and what was refused to somebody for the role.')
    .option('--actor <name>', 'only what this user did, or this token as user/token, or this device id')
    .option('--action <name>', 'only this action, such as firmware.change')
    .option('--target <name>', 'only what was done to this, such as firmware:7')
    .option('--since <time>', 'only since this time: 30m, 2h, 7d ago, or 2026-01-31T12:00:00Z', time)
    .option('--until <time>', 'only before this time, in the same format', time);
  addPaging(command).action(inSession(io, audit));
  addAuditVerify(command, io);
  addAuditCut(command, io);
  examples(command, [
    ['Show what happened to a firmware', 'ota audit --target firmware:7'],
    ['List what a pipeline did in the last week', 'ota audit --actor admin/ci --since 7d --all'],
    ['Prove that no row was changed, removed or moved', 'ota audit verify'],
  ]);
}

async function audit(options: AuditOptions, session: Session): Promise<void> {
  const { output } = session;
  const { actor, action, target, since, until } = options;
  const filter = { actor, action, target, since, until };
  const answer = await readList<AuditRow>(session.admin(), '/api/ota/admin/audit', filter, options);
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const whenEmpty = isFiltered ? 'No matching rows.' : 'Nothing was done yet.';
  output.show(
    answer,
    (rows) => renderPage(rows, answer, auditColumns(output.times), output, whenEmpty),
    AUDIT_FIELDS,
  );
}
