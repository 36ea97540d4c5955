import type { Command } from 'commander';
import { CommandFailure } from '../api/failure.js';
import { askFirst, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import type { Io } from '../io.js';
import { bytes, counted } from '../output/format.js';
import { renderTable } from '../output/table.js';
import { inSession, type Session } from '../session.js';
import { addStoreCopy } from './store-copy.js';

interface CheckOptions extends Confirmable {
  readonly removeUnreferenced?: boolean;
}

interface StoreFile {
  readonly path: string;
  readonly size: number;
  readonly modified_at: string;
}

interface StoreReport {
  readonly files: number;
  readonly bytes: number;
  readonly unreferenced: readonly (StoreFile & { readonly removable: boolean })[];
  readonly missing: readonly {
    readonly id: number;
    readonly device_type: string;
    readonly version: string;
    readonly build_number: number;
    readonly binary_path: string;
  }[];
}

interface CleanAnswer {
  readonly removed: readonly StoreFile[];
  readonly bytes: number;
}

export function addStore(program: Command, io: Io): void {
  const store = program
    .command('store')
    .summary('maintain the stored files')
    .description("Commands for the files in the server's firmware store.");
  addStoreCopy(store, io);
  store
    .command('check')
    .summary('compare the stored files with the registered firmware')
    .description(
      'Lists files that no firmware refers to, and firmware whose file is missing; exits with code 1 if a file is missing. ' +
        'Uploads in progress are not affected.',
    )
    .option(
      '--remove-unreferenced',
      'remove files that no firmware refers to and that are more than a day old',
    )
    .option(...YES)
    .action(inSession(io, check));
}

async function check(options: CheckOptions, session: Session): Promise<void> {
  const { output } = session;
  if (options.removeUnreferenced) requireAnswerable(options, session, '--remove-unreferenced');
  const answer = await session.admin().send<StoreReport>('GET', '/api/ota/admin/store');
  const report = answer.body;
  if (output.isForPeople || !options.removeUnreferenced)
    output.show(answer, (body) => describe(body, output));
  if (options.removeUnreferenced) await askAndRemove(report, options, session);

  if (report.missing.length > 0) {
    throw new CommandFailure(
      `${report.missing.length} firmware ${report.missing.length === 1 ? 'has' : 'have'} no file.`,
      ['Restore the files from the backup, or deactivate the firmware.'],
    );
  }
}

async function askAndRemove(
  { unreferenced }: StoreReport,
  options: CheckOptions,
  session: Session,
): Promise<void> {
  const old = unreferenced.filter(({ removable }) => removable);
  if (old.length > 0) {
    const what = `Remove ${counted(old.length, 'file')} (${bytes(sizeOf(old))}) that no firmware refers to.`;
    await askFirst(options, session, () => Promise.resolve(what), 'Nothing was removed.');
  }
  await remove(session);
}

async function remove(session: Session): Promise<void> {
  const answer = await session.admin().send<CleanAnswer>('POST', '/api/ota/admin/store/clean', { json: {} });
  session.output.show(
    answer,
    ({ removed, bytes: size }) => `Removed ${counted(removed.length, 'file')}, ${bytes(size)}.`,
  );
}

function describe(
  { files, bytes: size, unreferenced, missing }: StoreReport,
  output: Session['output'],
): string {
  const { width, style } = output;
  const lines = [`${counted(files, 'file')}, ${bytes(size)}.`];
  if (unreferenced.length > 0) {
    const table = renderTable(
      unreferenced,
      [
        { title: 'FILE', cell: ({ path }) => path },
        { title: 'SIZE', cell: (file) => bytes(file.size), align: 'right' },
        { title: 'WRITTEN', cell: ({ modified_at }) => output.times.full(modified_at) },
        { title: 'OLDER THAN A DAY', cell: ({ removable }) => (removable ? 'yes' : 'no') },
      ],
      width,
      style,
    );
    lines.push('', 'Files that no firmware refers to:', table);
  }
  if (missing.length > 0) {
    const table = renderTable(
      missing,
      [
        { title: 'ID', cell: ({ id }) => String(id), align: 'right' },
        { title: 'DEVICE TYPE', cell: ({ device_type }) => device_type },
        { title: 'VERSION', cell: ({ version }) => version },
        { title: 'BUILD', cell: ({ build_number }) => String(build_number), align: 'right' },
        { title: 'FILE', cell: ({ binary_path }) => binary_path },
      ],
      width,
      style,
    );
    lines.push('', 'Firmware whose file is missing:', table);
  }
  if (unreferenced.length === 0 && missing.length === 0) {
    lines.push('Every firmware has its file, and every file belongs to a firmware.');
  }
  return lines.join('\n');
}

const sizeOf = (files: readonly StoreFile[]): number => files.reduce((sum, { size }) => sum + size, 0);
