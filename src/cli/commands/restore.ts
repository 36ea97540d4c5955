import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import type { RestoreReport } from '../../domain/upkeep-reports.js';
import { CommandFailure } from '../api/failure.js';
import type { Io } from '../io.js';
import { examples } from '../options.js';
import { counted } from '../output/format.js';
import { lackingSentence } from '../output/lacking.js';
import { asAnswer, runServerProgram, SETTINGS, type ServerOptions } from '../server-program.js';
import { inSession, type Session } from '../session.js';

interface RestoreOptions extends ServerOptions {
  readonly from: string;
}

export function addRestore(program: Command, io: Io): void {
  const command = program
    .command('restore')
    .summary("put a backup into an empty server, on the server's machine")
    .description(
      'Restores what ota backup wrote: into the embedded database or an external one, whichever the settings name, and ' +
        'from either. The database must be empty, and the firmware store must hold no other files. The whole file is ' +
        'checked before anything is changed. A restore that was interrupted can be run again. The server must not run.',
    )
    .requiredOption('--from <file>', 'file that ota backup wrote')
    .option(...SETTINGS)
    .action(inSession(io, restore));
  examples(command, [
    ['Restore a service', 'ota restore --from /backup/ota-2026-01-31.tar --settings /etc/ota-server.env'],
  ]);
}

async function restore(options: RestoreOptions, session: Session): Promise<void> {
  const { from } = options;
  const report = await withFile(from, (file) =>
    runServerProgram<RestoreReport>({ name: 'restore', options, file }, session),
  );
  session.output.say(
    asAnswer(report),
    ({ createdAt, tables, files }) =>
      `Restored ${counted(tables, 'table')} and ${counted(files, 'stored file')} as they were at ` +
      `${session.output.times.full(createdAt)}. Start the server.`,
  );
  for (const file of report.lacking) session.output.warn(lackingSentence(file));
}

async function withFile<T>(path: string, use: (file: number) => Promise<T>): Promise<T> {
  const file = await open(path, 'r').catch((error: unknown) => {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`${path} cannot be read (${code}).`);
  });
  try {
    // It is read twice.
    if (!(await file.stat()).isFile()) throw new CommandFailure(`${path} is no file.`);
    return await use(file.fd);
  } finally {
    await file.close();
  }
}
