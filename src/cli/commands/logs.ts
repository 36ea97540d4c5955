import { Option, type Command } from 'commander';
import { ATTEMPT_STATUSES } from '../../domain/ota-attempt.js';
import type { OtaLog } from '../api/wire.js';
import { duration, wholeNumber } from '../options.js';
import { LOG_COLUMNS } from '../output/logs.js';
import { renderPage } from '../output/page.js';
import { inSession, type Session } from '../session.js';
import { followLogs } from './follow-logs.js';

interface LogsOptions {
  readonly deviceId?: number;
  readonly firmwareId?: number;
  readonly status?: string;
  readonly skip?: number;
  readonly limit?: number;
  readonly follow?: boolean;
  readonly every: number;
}

export function addLogs(program: Command): void {
  program
    .command('logs')
    .summary('list the attempts of devices, the newest first')
    .description('Lists what became of updates: one row for each try of one device at one firmware.')
    .option('--device-id <number>', 'only of this device', wholeNumber(1))
    .option('--firmware-id <number>', 'only at this firmware', wholeNumber(1))
    .addOption(new Option('--status <status>', 'only what has come to this').choices(ATTEMPT_STATUSES))
    .option('--skip <number>', 'leave out so many at the beginning', wholeNumber(0))
    .option('--limit <number>', 'list so many at most; the server takes 100', wholeNumber(1, 1000))
    .option('--follow', 'go on printing rows as they come and change, until Ctrl-C')
    .option('--every <time>', 'how often --follow asks', duration, 1000)
    .action(inSession(logs));
}

async function logs(options: LogsOptions, session: Session): Promise<void> {
  const admin = session.admin();
  const filter = { device_id: options.deviceId, firmware_id: options.firmwareId, status: options.status };
  if (options.follow === true) {
    await followLogs(admin, session.output, filter, { everyMs: options.every, first: options.limit });
    return;
  }
  const query = { ...filter, skip: options.skip, limit: options.limit };
  const answer = await admin.send<OtaLog[]>('GET', '/api/ota/admin/logs', { query });
  session.output.show(answer, (rows) =>
    renderPage(rows, answer.total, LOG_COLUMNS, session.output.width, 'No attempts.'),
  );
}
