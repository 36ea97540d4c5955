import { writeSync } from 'node:fs';
import type { Command } from 'commander';
import type { Answer, ApiClient } from '../api/api-client.js';
import { DEVICE_FIELDS, type FleetSummary, type WireDevice } from '../api/wire/devices.js';
import { FilterCommand, filterOf } from '../filter-words.js';
import type { Io } from '../io.js';
import { examples, wholeNumber } from '../options.js';
import { renderDevices } from '../output/devices.js';
import { writePrivateFile } from '../private-file.js';
import { inSession, type Session } from '../session.js';
import { addDevicesImport } from './devices-import.js';
import { addDevicesToken } from './devices-token.js';

const DEVICES_PATH = '/api/ota/admin/devices';
const PAGE = 1000;

interface DevicesOptions {
  readonly sort?: string;
  readonly limit?: number;
  readonly all?: boolean;
  readonly output?: string;
}

export function addDevices(program: Command, io: Io): void {
  const command = new FilterCommand('devices')
    .summary('list devices, the one seen last first')
    .description(
      'Lists the devices that match a filter, and counts them by status. A filter is written as a search: terms that must ' +
        'all hold, OR, parentheses, -term. Quote one that holds a space or a parenthesis. docs/filters.md lists the terms.',
    )
    .argument('[filter...]', 'only devices that match, such as type:scales status:failed; default: all')
    .option('--sort <field>', 'a field to sort by, with - before it for descending; default: -last_seen_at')
    .option('--limit <number>', 'maximum rows, 1 to 1000 (default: 100)', wholeNumber(1, PAGE))
    .option('--all', 'list all rows')
    .option(
      '--output <file>',
      'write all devices that match as CSV to a new file, which only you can read; - prints it',
    )
    .action(inSession(io, devices));
  command.copyInheritedSettings(program);
  program.addCommand(command);
  examples(command, [
    ['List the devices that failed to update', 'ota devices status:failed'],
    [
      'List those that were not seen for a week',
      'ota devices "type:scales_bridge -seen:7d" --sort last_seen_at',
    ],
    ['Export the fleet', 'ota devices --output fleet.csv'],
  ]);
  addDevicesImport(command, io);
  addDevicesToken(command, io);
}

async function devices(
  { sort, limit, all, output: file }: DevicesOptions,
  session: Session,
  [words]: readonly unknown[],
): Promise<void> {
  const q = filterOf(words);
  const admin = session.admin();
  if (file !== undefined) {
    await exportCsv(session, admin, q, file);
    return;
  }
  const { output } = session;
  const answer = await readDevices(admin, { q, sort, limit, all });
  // A page without a next one is all there is, however long ago the server counted.
  const total = answer.next === undefined ? answer.body.length : (answer.total ?? answer.body.length);
  const isCut = total > answer.body.length;
  const summary = output.isForPeople && isCut ? await summaryOf(admin, q) : null;
  output.show(
    answer,
    (rows) => (total === 0 ? emptyText(q) : renderDevices(rows, summary, output, total)),
    DEVICE_FIELDS,
  );
}

const emptyText = (q: string): string =>
  q === '' ? 'No devices. A device is known after its first check.' : 'No device matches.';

const summaryOf = async (admin: ApiClient, q: string): Promise<FleetSummary> =>
  (await admin.send<FleetSummary>('GET', `${DEVICES_PATH}/summary`, { query: queryOf(q) })).body;

const queryOf = (q: string): Record<string, string | undefined> => ({ q: q === '' ? undefined : q });

interface PageQuestion {
  readonly q: string;
  readonly sort: string | undefined;
  readonly limit: number | undefined;
  readonly all: boolean | undefined;
}

/** One page; with `all` every page as one. */
async function readDevices(
  admin: ApiClient,
  { q, sort, limit, all }: PageQuestion,
): Promise<Answer<WireDevice[]>> {
  const query = { ...queryOf(q), sort };
  if (all !== true) return admin.send<WireDevice[]>('GET', DEVICES_PATH, { query: { ...query, limit } });
  const body: WireDevice[] = [];
  for (let after: string | undefined; ;) {
    const page = await admin.send<WireDevice[]>('GET', DEVICES_PATH, {
      query: { ...query, limit: PAGE, after },
    });
    body.push(...page.body);
    after = page.next;
    if (after === undefined) return { body, text: JSON.stringify(body), total: body.length };
  }
}

async function exportCsv({ io, output }: Session, admin: ApiClient, q: string, path: string): Promise<void> {
  const question = { query: queryOf(q), headers: { Accept: 'text/csv' } };
  if (path === '-') {
    await admin.receive(DEVICES_PATH, question, (chunk) => void io.stdout.write(chunk));
    return;
  }
  const { bytes } = await writePrivateFile(path, (file) =>
    admin.receive(DEVICES_PATH, question, (chunk) => void writeSync(file, chunk)),
  );
  output.note(`Wrote ${bytes} bytes to ${path}.`);
}
