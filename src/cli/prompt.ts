import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Io } from './io.js';

/** Whether there is a person who sees a question and can answer it. */
export const canAsk = ({ stdin, stderr }: Io): boolean => stdin.isTTY === true && stderr.isTTY === true;

/** Asks without showing what is typed. @returns the answer, without its line break */
export async function askHidden(question: string, io: Io): Promise<string> {
  // Not before the terminal is silent, so that the first letters are not shown either.
  const answer = await ask('', io, NOWHERE, () => io.stderr.write(question));
  io.stderr.write('\n');
  return answer;
}

/** Anything but a yes is a no. @param question all that is to be seen of it: readline draws its lines anew */
export async function confirm(question: string, io: Io): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `, io, io.stderr)).trim());
}

/** The first line of what is piped in; nothing when that is empty. */
export async function readLineOfStdin({ stdin }: Io): Promise<string> {
  const lines = createInterface({ input: stdin });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
    // The other end may stay open, which is no reason to go on.
    stdin.destroy?.();
  }
}

const NOWHERE = new Writable({
  write: (_chunk, _encoding, done) => {
    done();
  },
});

/** @param echo where the question and what is typed are shown */
async function ask(
  question: string,
  { stdin, stderr, interruption }: Io,
  echo: NodeJS.WritableStream,
  onReady: () => void = () => undefined,
): Promise<string> {
  const lines = createInterface({ input: stdin, output: echo, terminal: true });
  // On a terminal that readline has put into raw mode, Ctrl-C and Ctrl-D are keys like any other.
  const interrupted = (): void => {
    interruption.interrupt();
  };
  lines.on('SIGINT', interrupted);
  lines.on('close', interrupted);
  try {
    onReady();
    return await lines.question(question, { signal: interruption.signal });
  } catch (error) {
    // The prompt of the shell begins a line of its own.
    stderr.write('\n');
    throw error;
  } finally {
    lines.off('close', interrupted);
    lines.close();
  }
}
