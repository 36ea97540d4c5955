import { ForeignAnswer, type ApiClient } from '../api/api-client.js';
import { CommandFailure } from '../api/failure.js';
import { commandDetail, hintFor, Refusal } from '../api/problem.js';
import { openUploadForm } from '../api/upload-form.js';
import type { Inspection } from '../api/wire/firmware.js';

/**
 * Asks the server to judge a file before it is published.
 * @returns the server's warnings; null if the server does not have this endpoint
 * @throws CommandFailure if the server would refuse the file
 */
export async function inspectBefore(
  admin: ApiClient,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<readonly string[] | null> {
  const form = await openUploadForm(path, fields, () => undefined);
  try {
    const { body } = await admin.send<Inspection>('POST', '/api/ota/admin/inspect', form);
    refuseProblems(body);
    return body.warnings;
  } catch (error) {
    if (isMissingEndpoint(error)) return null;
    throw error;
  } finally {
    await form.close();
  }
}

/** @throws CommandFailure with the first problem, followed by hints and the other problems */
export function refuseProblems({ problems }: Inspection): void {
  const [sentence, ...others] = problems.flatMap(({ code, detail }) => {
    const hint = hintFor(code, detail);
    return [`${commandDetail(detail)} (${code})`, ...(hint === undefined ? [] : [hint])];
  });
  if (sentence !== undefined) throw new CommandFailure(sentence, others);
}

const isMissingEndpoint = (error: unknown): boolean =>
  (error instanceof Refusal && error.problem.status === 404) ||
  (error instanceof ForeignAnswer && error.status === 404);
