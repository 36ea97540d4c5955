import type { Command } from 'commander';
import type { BackupReport } from '../../domain/upkeep-reports.js';
import { CommandFailure } from '../api/failure.js';
import type { Io } from '../io.js';
import { examples } from '../options.js';
import { bytes as bytesText, counted } from '../output/format.js';
import { lackingSentence } from '../output/lacking.js';
import { writePrivateFile } from '../private-file.js';
import { asAnswer, runServerProgram, SETTINGS, type ServerOptions } from '../server-program.js';
import { inSession, type Session } from '../session.js';

interface BackupOptions extends ServerOptions {
  readonly out: string;
}

export function addBackup(program: Command, io: Io): void {
  const command = program
    .command('backup')
    .summary("write everything that the server keeps to a file, on the server's machine")
    .description(
      'Writes the database, the stored files and the generated secrets to one file, as they are at one moment, whether ' +
        "the server is running or not. Run it in the server's folder: it reads the same .env. The file is as secret as " +
        'the server itself; only its owner can read it. Exits with code 1, and still writes the file, if the file of a ' +
        'firmware is missing or damaged.',
    )
    .requiredOption('--out <file>', 'file to write; it must not exist')
    .option(...SETTINGS)
    .action(inSession(io, backUp));
  examples(command, [
    ['Back up a service', 'ota backup --out /backup/ota-2026-01-31.tar --settings /etc/ota-server.env'],
  ]);
}

async function backUp(options: BackupOptions, session: Session): Promise<void> {
  const { out } = options;
  const { result, bytes } = await writePrivateFile(out, (file) =>
    runServerProgram<BackupReport>({ name: 'backup', options, file }, session),
  );
  session.output.say(
    asAnswer({ file: out, bytes, ...result }),
    ({ tables, files }) =>
      `Wrote ${counted(tables, 'table')} and ${counted(files, 'stored file')} to ${out} (${bytesText(bytes)}). ` +
      'It holds password hashes and keys: keep it as secret as the server.',
  );
  for (const file of result.lacking) session.output.warn(lackingSentence(file));
  const lost = result.lacking.filter(({ what }) => what !== 'removed');
  if (lost.length > 0) {
    throw new CommandFailure(
      `${out} is written, but ${counted(lost.length, 'firmware')} without a good file.`,
      ['Restore these files from an earlier backup, or deactivate the firmware and prune it: ota prune.'],
    );
  }
}
