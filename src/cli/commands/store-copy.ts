import type { Command } from 'commander';
import type { CopyReport, NotCopied } from '../../domain/upkeep-reports.js';
import { CommandFailure } from '../api/failure.js';
import type { Io } from '../io.js';
import { examples } from '../options.js';
import { bytes as bytesText, counted } from '../output/format.js';
import { asAnswer, runServerProgram, SETTINGS, type ServerOptions } from '../server-program.js';
import { inSession, type Session } from '../session.js';

interface CopyOptions extends ServerOptions {
  readonly to: string;
  readonly from?: string;
}

/** The stores, as the settings and the options name them. */
interface CopiedStores {
  readonly from: string;
  readonly to: string;
}

const REASONS: Readonly<Record<NotCopied['what'], string>> = {
  missing: 'a firmware refers to it, but it is not in the store',
  damaged: 'it is not what was registered',
  taken: 'the other store has other bytes under this name',
};

/** @param store the group `ota store` */
export function addStoreCopy(store: Command, io: Io): void {
  const command = store
    .command('copy')
    .summary("copy the stored files to another store, on the server's machine")
    .description(
      'Copies every stored file to a folder or to a bucket of an object store, under the same name, and compares each with ' +
        'its hash. Servers may run meanwhile; what they publish is copied, too. A copy that was interrupted goes on when ' +
        'the command is run again. Nothing is removed or overwritten in either store. The bucket is reached with the ' +
        'settings of the server: S3_ENDPOINT and the AWS variables. Exits with code 1 if a file could not be copied.',
    )
    .requiredOption('--to <store>', 'folder, or s3://bucket/prefix')
    .option('--from <store>', 'store to copy from (default: FIRMWARE_STORE of the settings)')
    .option(...SETTINGS)
    .action(inSession(io, copy));
  examples(command, [
    ['Move a service to an object store', 'ota store copy --to s3://firmware --settings /etc/ota-server.env'],
  ]);
}

async function copy(options: CopyOptions, session: Session): Promise<void> {
  const report = await runServerProgram<CopyReport & CopiedStores>(
    {
      name: 'store-copy',
      args: [options.to, ...(options.from === undefined ? [] : [options.from])],
      options,
    },
    session,
  );
  session.output.say(
    asAnswer(report),
    ({ copied, bytes, present, to }) =>
      `Copied ${counted(copied, 'file')} (${bytesText(bytes)}) to ${to}; ${counted(present, 'file')} ` +
      `${present === 1 ? 'was' : 'were'} there already.`,
  );
  for (const { path, what } of report.notCopied) {
    session.output.warn(`${path} was not copied: ${REASONS[what]}.`);
  }
  if (report.notCopied.length > 0) {
    throw new CommandFailure(`${counted(report.notCopied.length, 'file')} not copied.`, [
      'Restore missing and damaged files from a backup, or deactivate and prune their firmware; then run this again.',
    ]);
  }
  session.output.note(
    `Next: set FIRMWARE_STORE=${report.to} on every server and restart them one after the other. Then run ` +
      `ota store copy --from ${report.from} --to ${report.to} once more, for what was uploaded in between.`,
  );
}
