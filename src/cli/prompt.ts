import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { interrupt, interruption } from './interruption.js';

const { stdin, stderr } = process;

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => stdin.isTTY;

/** @returns the answer, without its line break */
export async function ask(question: string): Promise<string> {
  return askThrough(stderr, question);
}

/** Asks without showing what is typed. */
export async function askHidden(question: string): Promise<string> {
  stderr.write(question);
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  try {
    return await askThrough(nowhere, '');
  } finally {
    stderr.write('\n');
  }
}

/** Anything but a yes is a no. */
export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `)).trim());
}

/** The first line of what is piped in; nothing when that is empty. */
export async function readLineOfStdin(): Promise<string> {
  for await (const line of createInterface({ input: stdin })) return line;
  return '';
}

async function askThrough(output: Writable, question: string): Promise<string> {
  const lines = createInterface({ input: stdin, output, terminal: true });
  // On a terminal that readline has put into raw mode, Ctrl-C is a key like any other.
  lines.on('SIGINT', () => {
    interrupt();
  });
  lines.on('close', () => {
    interrupt();
  });
  try {
    return await lines.question(question, { signal: interruption.signal });
  } finally {
    lines.removeAllListeners('close');
    lines.close();
  }
}
