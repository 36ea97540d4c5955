import { CommandFailure } from './failure.js';

/** What the command reads in a problem document (RFC 9457); docs/errors.md lists the codes. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly request_id?: string;
}

/** The flag that gets past a refusal, where there is one. */
const HINTS: Readonly<Record<string, string>> = {
  FIRMWARE_EXISTS: 'Publish it with a higher --build or --version.',
  FIRMWARE_FILE_MISSING: 'Upload the file first: ota upload.',
  FIRMWARE_SIZE_MISMATCH: 'Give the --file-size that the upload answered.',
  FIRMWARE_HASH_MISMATCH: 'Give the --file-hash that the upload answered.',
  FIRMWARE_PATH_INVALID: 'Give the --binary-path that the upload answered.',
  FIRMWARE_NOT_FOUND: 'ota list shows what there is.',
  IMAGE_VERSION_MISMATCH: 'To publish it all the same: --allow-version-mismatch.',
  CHIP_MISMATCH: 'To publish it all the same: --allow-chip-change.',
  SECURE_VERSION_LOWER: 'To publish it all the same: --allow-lower-secure-version.',
  MIN_VERSION_ABOVE_VERSION: 'Give a lower --min-version.',
  HTTPS_REQUIRED: 'Give the https:// address as --server.',
};

/** A refusal of the server, in its own words, with what to do about it. */
export class Refusal extends CommandFailure {
  constructor(
    readonly problem: Problem,
    server: string,
  ) {
    super(`${problem.detail} (${problem.status} ${problem.code})`, hintsFor(problem, server));
  }
}

function hintsFor({ status, code, request_id }: Problem, server: string): string[] {
  if (code === 'UNAUTHENTICATED') return [`Log in again: ota login --server ${server}`];
  if (status >= 500 && request_id !== undefined) return [`The server's log has more under ${request_id}.`];
  const hint = HINTS[code];
  return hint === undefined ? [] : [hint];
}

/** @returns null for a body that is no problem document */
export function parseProblem(text: string): Problem | null {
  try {
    const body = JSON.parse(text) as Partial<Problem> | null;
    return typeof body?.code === 'string' && typeof body.detail === 'string' ? (body as Problem) : null;
  } catch {
    return null;
  }
}
