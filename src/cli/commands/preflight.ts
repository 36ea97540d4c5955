import { ForeignAnswer, type ApiClient } from '../api/api-client.js';
import { CommandFailure } from '../api/failure.js';
import { commandDetail, hintFor, Refusal } from '../api/problem.js';
import { openUploadForm } from '../api/upload-form.js';
import type { Inspection } from '../api/wire.js';

/**
 * Has the server judge a file before it is published.
 * @returns what the server warns of; null when the server does not have this endpoint
 * @throws CommandFailure for what the server would refuse
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

/** @throws CommandFailure with the first problem, and behind it what to do and the other problems */
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
