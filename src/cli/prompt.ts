import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { passwordViolation } from '../domain/password-rule.js';
import { CommandFailure } from './api/failure.js';
import type { Io } from './io.js';

/** Returns whether a person can see a question and answer it. */
export const canAsk = ({ stdin, stderr }: Io): boolean => stdin.isTTY === true && stderr.isTTY === true;

/** Asks without echoing the input. @returns the answer, without its line break */
export async function askHidden(question: string, io: Io): Promise<string> {
  // The question appears only after the echo is off, so that no early input is shown.
  const answer = await ask('', io, NOWHERE, () => io.stderr.write(question));
  io.stderr.write('\n');
  return answer;
}

/** Asks for a new password twice. @throws CommandFailure if it may not be chosen, or the two differ */
export async function askTwice(io: Io): Promise<string> {
  const password = await askHidden('New password: ', io);
  const violation = passwordViolation(password);
  if (violation !== null) throw new CommandFailure(violation.sentence);
  if ((await askHidden('Repeat the password: ', io)) === password) return password;
  throw new CommandFailure('The passwords do not match. Nothing was changed.');
}

/** Any answer other than yes is a no. @param question the whole text, because readline redraws its lines */
export async function confirm(question: string, io: Io): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `, io, io.stderr)).trim());
}

/** The first line of the piped input; empty if there is none. */
export async function readLineOfStdin(io: Io): Promise<string> {
  const [line = ''] = await readLinesOfStdin(io, 1);
  return line;
}

/** So many lines of the piped input; fewer if it has fewer. */
export async function readLinesOfStdin({ stdin }: Io, count: number): Promise<string[]> {
  const lines = createInterface({ input: stdin });
  const read: string[] = [];
  try {
    for await (const line of lines) if (read.push(line) === count) break;
    return read;
  } finally {
    lines.close();
    // An input that stays open must not keep the process running.
    stdin.destroy?.();
  }
}

const NOWHERE = new Writable({
  write: (_chunk, _encoding, done) => {
    done();
  },
});

/** @param echo where the question and the input are shown */
async function ask(
  question: string,
  { stdin, stderr, interruption }: Io,
  echo: NodeJS.WritableStream,
  onReady: () => void = () => undefined,
): Promise<string> {
  const lines = createInterface({ input: stdin, output: echo, terminal: true });
  // readline puts the terminal into raw mode, where Ctrl-C and Ctrl-D are ordinary keys.
  const interrupted = (): void => {
    interruption.interrupt();
  };
  lines.on('SIGINT', interrupted);
  lines.on('close', interrupted);
  try {
    onReady();
    return await lines.question(question, { signal: interruption.signal });
  } catch (error) {
    // The shell's prompt must start on a new line.
    stderr.write('\n');
    throw error;
  } finally {
    lines.off('close', interrupted);
    lines.close();
  }
}
