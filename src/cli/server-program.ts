import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ProgramMessage } from '../domain/upkeep-reports.js';
import { CommandFailure } from './api/failure.js';
import { hintFor } from './api/problem.js';
import { activity } from './output/progress.js';
import type { Session } from './session.js';

/** Options of every command that runs on the server's machine. */
export interface ServerOptions {
  readonly settings?: string;
}

export const SETTINGS = [
  '--settings <path>',
  'file with the settings of the server, such as /etc/ota-server.env',
] as const;

interface ProgramRun {
  /** Its file in tools/: it is part of the server, since the command has no access to the database. */
  readonly name: string;
  readonly args?: readonly string[];
  readonly options: ServerOptions;
  /** A descriptor that the program gets as its 3. */
  readonly file?: number;
}

/**
 * Runs a program of the server on its machine.
 * @returns its result
 * @throws CommandFailure with its reason
 */
export async function runServerProgram<T>(
  { name, args = [], options: { settings }, file }: ProgramRun,
  { io, output }: Session,
): Promise<T> {
  if (settings !== undefined && !existsSync(settings)) {
    throw new CommandFailure(`The file ${settings} does not exist.`);
  }
  const line = activity(io, output.isWatched);
  const child = fork(fileURLToPath(new URL(`../../tools/${name}.js`, import.meta.url)), args, {
    stdio: ['ignore', 'ignore', 'pipe', file ?? 'ignore', 'ipc'],
    execArgv: settings === undefined ? [] : [`--env-file=${settings}`],
  });
  const interrupt = (): void => void child.kill('SIGTERM');
  io.interruption.signal.addEventListener('abort', interrupt);
  let last: ProgramMessage | undefined;
  child.on('message', (message: ProgramMessage) => {
    if ('progress' in message) line.show(message.progress);
    else last = message;
  });
  const [errors] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'close')]);
  io.interruption.signal.removeEventListener('abort', interrupt);
  line.stop();
  if (last && 'result' in last) return last.result as T;
  if (!last || !('failure' in last)) throw new CommandFailure(errors.trim() || `${name} was ended.`);
  const { code, sentence } = last.failure;
  if (code === null) throw new CommandFailure(sentence);
  const hint = hintFor(code, sentence);
  throw new CommandFailure(`${sentence} (${code})`, hint === undefined ? [] : [hint]);
}

/** The result of a program in the shape of a server's answer, for the output. */
export const asAnswer = <T>(body: T): { body: T; text: string } => ({ body, text: JSON.stringify(body) });
