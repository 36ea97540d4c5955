import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { interrupt, interruption } from './interruption.js';

const { stdin, stderr } = process;

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => stdin.isTTY;

/** Asks without showing what is typed. @returns the answer, without its line break */
export async function askHidden(question: string): Promise<string> {
  const answer = await ask(question, NOWHERE);
  stderr.write('\n');
  return answer;
}

/** Anything but a yes is a no. */
export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `, stderr)).trim());
}

/** The first line of what is piped in; nothing when that is empty. */
export async function readLineOfStdin(): Promise<string> {
  try {
    for await (const line of createInterface({ input: stdin })) return line;
    return '';
  } finally {
    // Whoever holds the other end may keep it open, which is no reason to go on.
    stdin.destroy();
  }
}

const NOWHERE = new Writable({
  write: (_chunk, _encoding, done) => {
    done();
  },
});

/** @param echo where what is typed is shown */
async function ask(question: string, echo: Writable): Promise<string> {
  const lines = createInterface({ input: stdin, output: echo, terminal: true });
  // On a terminal that readline has put into raw mode, Ctrl-C and Ctrl-D are keys like any other.
  const interrupted = (): void => {
    interrupt();
  };
  lines.on('SIGINT', interrupted);
  lines.on('close', interrupted);
  try {
    // Not before the terminal is silent, so that nobody types the first letters in the open.
    stderr.write(question);
    return await lines.question('', { signal: interruption.signal });
  } finally {
    lines.off('close', interrupted);
    lines.close();
  }
}
