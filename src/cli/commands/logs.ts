import { Option, type Command } from 'commander';
import { ATTEMPT_STATUSES } from '../../domain/ota-attempt.js';
import { LOG_FIELDS, type OtaLog } from '../api/wire/logs.js';
import { FirmwareNames } from '../find-firmware.js';
import type { Io } from '../io.js';
import { deviceId, duration, examples, pointInTime, wholeNumber } from '../options.js';
import { logColumns } from '../output/logs.js';
import { renderPage } from '../output/page.js';
import { readList, type PageOptions } from '../read-list.js';
import { inSession, type Session } from '../session.js';
import { followLogs } from './follow-logs.js';
import { addPaging } from './list.js';

interface LogsOptions extends PageOptions {
  readonly deviceId?: number;
  readonly firmwareId?: number;
  readonly status?: string;
  readonly since?: string;
  readonly before?: string;
  readonly follow?: boolean;
  readonly every: number;
}

export function addLogs(program: Command, io: Io): void {
  const command = program
    .command('logs')
    .summary('list update attempts, the newest first')
    .description('Lists update attempts: one row each time a device tries to install a firmware.')
    .option('--device-id <id>', 'only this device: a number, or a MAC such as 24:6f:28:03:7e:51', deviceId)
    .option('--firmware-id <number>', 'only this firmware', wholeNumber(1))
    .addOption(new Option('--status <status>', 'only attempts with this status').choices(ATTEMPT_STATUSES))
    .option(
      '--since <time>',
      'only since this time: 30m, 2h, 7d ago, or 2026-01-31T12:00:00Z',
      pointInTime(() => io.now()),
    )
    .option(
      '--before <time>',
      'only before this time, in the same format',
      pointInTime(() => io.now()),
    );
  addPaging(command)
    .option('--follow', 'print new and changed rows until Ctrl-C')
    .addOption(
      new Option('--every <time>', 'how often --follow polls the server, at least 2s: 5s, 1m')
        .argParser(duration)
        .default(2000, '2s'),
    )
    .action(inSession(io, logs));
  examples(command, [
    ['Monitor a release', 'ota logs --follow --firmware-id 7'],
    ['List the failures of the last 24 hours', 'ota logs --status failed --since 24h --all'],
    ['Show the history of one device', 'ota logs --device-id 24:6f:28:03:7e:51'],
  ]);
}

async function logs(options: LogsOptions, session: Session): Promise<void> {
  const { output } = session;
  const admin = session.admin();
  const { deviceId: device_id, firmwareId: firmware_id, status, since, before } = options;
  const filter = { device_id, firmware_id, status, since, before };
  if (options.follow === true) {
    await followLogs(session, filter, { everyMs: options.every, first: options.limit });
    return;
  }
  const answer = await readList<OtaLog>(admin, '/api/ota/admin/logs', filter, options);
  const names = new FirmwareNames(admin);
  if (output.isForPeople) await names.learn(answer.body.map((row) => row.firmware_id));
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const whenEmpty = isFiltered
    ? 'No matching attempts.'
    : 'No attempts. Devices are offered only firmware that ota list shows as stable.';
  output.show(
    answer,
    (rows) => renderPage(rows, answer, logColumns(output.times, names.known), output, whenEmpty),
    LOG_FIELDS,
  );
}
