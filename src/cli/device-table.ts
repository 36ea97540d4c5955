import { readFile } from 'node:fs/promises';
import { CommandFailure } from './api/failure.js';
import { Refusal } from './api/problem.js';

/** @throws CommandFailure when the file cannot be read */
export const readTable = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandFailure(`The file ${path} cannot be read: ${(error as Error).message}.`);
  });

/**
 * Lists all faulty lines of a table that the server refused, so that they can be corrected at once.
 * @param nothing what was not done
 */
export function withAllLines(error: unknown, path: string, nothing: string): unknown {
  if (!(error instanceof Refusal)) return error;
  const { code, status, errors = {} } = error.problem;
  if (code !== 'DEVICE_LIST_INVALID') return error;
  const lines = Object.entries(errors).map(([line, sentences]) => `${line}: ${sentences.join(' ')}`);
  return new CommandFailure(`${path} has faulty lines; ${nothing}. (${status} ${code})`, lines);
}
