import type { Command } from 'commander';
import type { Answer } from '../api/api-client.js';
import { askFirst, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import type { Io } from '../io.js';
import { examples, wholeNumber } from '../options.js';
import { bytes, counted } from '../output/format.js';
import { renderTable } from '../output/table.js';
import { inSession, type Session } from '../session.js';

interface PruneOptions extends Confirmable {
  readonly keep: number;
  readonly deviceType?: string;
  readonly dryRun?: boolean;
}

interface PrunedFirmware {
  readonly id: number;
  readonly device_type: string;
  readonly version: string;
  readonly build_number: number;
  readonly file_size: number;
}

interface PruneAnswer {
  readonly pruned: readonly PrunedFirmware[];
  readonly bytes: number;
}

export function addPrune(program: Command, io: Io): void {
  const command = program
    .command('prune')
    .summary('remove the stored files of old inactive releases')
    .description(
      'Keeps the files of the newest inactive releases of each device type and removes the files of the older inactive ' +
        'ones. The rows and their logs remain; to activate a pruned release, upload the same file again. Asks for ' +
        'confirmation.',
    )
    .requiredOption(
      '--keep <number>',
      'how many inactive releases of each device type keep their files',
      wholeNumber(0),
    )
    .option('--device-type <type>', 'only releases for this device type')
    .option('--dry-run', 'only show what would be removed')
    .option(...YES)
    .action(inSession(io, prune));
  examples(command, [
    ['Show what would be removed', 'ota prune --keep 3 --dry-run'],
    ['Prune from a nightly job', 'ota prune --keep 3 --yes'],
  ]);
}

async function prune(options: PruneOptions, session: Session): Promise<void> {
  const isDry = options.dryRun === true;
  if (!isDry) requireAnswerable(options, session, 'ota prune');
  const send = (dry_run: boolean): Promise<Answer<PruneAnswer>> =>
    session.admin().send<PruneAnswer>('POST', '/api/ota/admin/firmware/prune', {
      json: { keep: options.keep, device_type: options.deviceType, dry_run },
    });
  if (options.yes !== true || isDry) {
    const preview = await send(true);
    if (isDry || preview.body.pruned.length === 0) {
      session.output.show(preview, (body) => describe(body, 'would be', session));
      return;
    }
    await askFirst(
      options,
      session,
      () => Promise.resolve(question(preview.body, session)),
      'Nothing was removed.',
    );
  }
  session.output.show(await send(false), (body) => describe(body, 'removed', session));
}

function question(answer: PruneAnswer, { output }: Session): string {
  if (output.isForPeople) output.line(tableOf(answer, output));
  return `Remove the stored files of ${counted(answer.pruned.length, 'inactive release')} (${bytes(answer.bytes)}) permanently.`;
}

function describe(answer: PruneAnswer, done: 'would be' | 'removed', { output }: Session): string {
  const { pruned } = answer;
  if (pruned.length === 0) return 'There is nothing to remove.';
  const what = `the stored files of ${counted(pruned.length, 'inactive release')} (${bytes(answer.bytes)})`;
  return done === 'removed' ? `Removed ${what}.` : `${tableOf(answer, output)}\n\nIt would remove ${what}.`;
}

function tableOf({ pruned }: PruneAnswer, { width, style }: Session['output']): string {
  return renderTable(
    pruned,
    [
      { title: 'ID', cell: ({ id }) => String(id), align: 'right' },
      { title: 'DEVICE TYPE', cell: ({ device_type }) => device_type },
      { title: 'VERSION', cell: ({ version }) => version },
      { title: 'BUILD', cell: ({ build_number }) => String(build_number), align: 'right' },
      { title: 'SIZE', cell: ({ file_size }) => bytes(file_size), align: 'right' },
    ],
    width,
    style,
  );
}
