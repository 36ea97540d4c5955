import type { Command } from 'commander';
import type { ApiClient } from '../api/api-client.js';
import { Refusal } from '../api/problem.js';
import type { Firmware, OtaLog } from '../api/wire.js';
import { askFirst, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import { firmwarePath, listAllFirmware } from '../find-firmware.js';
import type { Io } from '../io.js';
import { examples, wholeNumber } from '../options.js';
import { firmwareColumns, nameOf } from '../output/firmware.js';
import { counted } from '../output/format.js';
import { renderTable } from '../output/table.js';
import { inSession, type Session } from '../session.js';

interface PruneOptions extends Confirmable {
  readonly keep: number;
  readonly deviceType?: string;
  readonly dryRun?: boolean;
}

/** What `ota prune` prints for programs. */
interface Pruned {
  readonly dry_run: boolean;
  /** With --dry-run: what would be deleted. */
  readonly deleted: readonly number[];
  readonly kept: readonly { readonly id: number; readonly code: string; readonly detail: string }[];
}

export function addPrune(program: Command, io: Io): void {
  const command = program
    .command('prune')
    .summary('delete old inactive firmware with its files')
    .description(
      'Keeps the newest inactive firmware of each device type and deletes the older inactive ones with their files. What ' +
        'a device was ever offered stays, since the logs tell of it. Asks first.',
    )
    .requiredOption('--keep <number>', 'how many inactive ones of each device type stay', wholeNumber(0))
    .option('--device-type <type>', 'only of this device type')
    .option('--dry-run', 'only say what would be deleted')
    .option(...YES)
    .action(inSession(io, prune));
  examples(command, [
    ['See what would go', 'ota prune --keep 3 --dry-run'],
    ['In a job of every night', 'ota prune --keep 3 --yes'],
  ]);
}

async function prune(options: PruneOptions, session: Session): Promise<void> {
  const isDry = options.dryRun === true;
  if (!isDry) requireAnswerable(options, session, 'ota prune');
  const admin = session.admin();
  const old = beyondNewest(await listAllFirmware(admin, options.deviceType), options.keep);
  const candidates = await neverTried(admin, old);
  const kept = old
    .filter((row) => !candidates.includes(row))
    .map(({ id }) => ({ id, code: 'FIRMWARE_IN_USE', detail: `Devices were offered firmware ${id}.` }));
  if (isDry || candidates.length === 0) {
    report({ dry_run: isDry, deleted: candidates.map(({ id }) => id), kept }, candidates, session);
    return;
  }
  const describe = async (): Promise<string> => {
    if (session.output.isForPeople) session.output.line(tableOf(candidates, session));
    return Promise.resolve(
      `Delete ${counted(candidates.length, 'inactive release')} with the files, for good.`,
    );
  };
  await askFirst(options, session, describe, 'Nothing was deleted.');
  const deleted: Firmware[] = [];
  for (const row of candidates) {
    const problem = await purge(admin, row);
    if (problem) kept.push({ id: row.id, ...problem });
    else deleted.push(row);
  }
  report({ dry_run: false, deleted: deleted.map(({ id }) => id), kept }, deleted, session);
}

/** Inactive firmware after the newest so many of each device type; the rows come in that order. */
export function beyondNewest(rows: readonly Firmware[], keep: number): Firmware[] {
  const seen = new Map<string, number>();
  return rows.filter(({ is_active, device_type }) => {
    if (is_active) return false;
    const before = seen.get(device_type) ?? 0;
    seen.set(device_type, before + 1);
    return before >= keep;
  });
}

/** Those that the logs know nothing of: others would be refused. */
async function neverTried(admin: ApiClient, rows: readonly Firmware[]): Promise<Firmware[]> {
  const found: Firmware[] = [];
  for (const row of rows) {
    const query = { firmware_id: row.id, limit: 1 };
    const { body } = await admin.send<OtaLog[]>('GET', '/api/ota/admin/logs', { query });
    if (body.length === 0) found.push(row);
  }
  return found;
}

/** @returns why the server keeps it, null when it is deleted */
async function purge(admin: ApiClient, { id }: Firmware): Promise<{ code: string; detail: string } | null> {
  try {
    await admin.send('DELETE', firmwarePath(id), { query: { purge: 'true' } });
    return null;
  } catch (error) {
    if (!(error instanceof Refusal) || error.problem.status !== 409) throw error;
    return { code: error.problem.code, detail: error.problem.detail };
  }
}

function tableOf(rows: readonly Firmware[], { output }: Session): string {
  return renderTable(rows, firmwareColumns(output.times), output.width, output.style);
}

function report(result: Pruned, rows: readonly Firmware[], session: Session): void {
  const { dry_run, kept } = result;
  session.output.show({ body: result, text: JSON.stringify(result) }, () => {
    const done = `${counted(rows.length, 'inactive release')} ${dry_run ? 'would be' : rows.length === 1 ? 'is' : 'are'} deleted`;
    const stay = kept.length === 0 ? '' : `; ${kept.length} older stay, since devices were offered them`;
    const table = dry_run && rows.length > 0 ? `${tableOf(rows, session)}\n\n` : '';
    const names = dry_run ? '' : rows.map((row) => `Deleted ${nameOf(row)}.\n`).join('');
    return `${table}${names}${done}${stay}.`;
  });
}
