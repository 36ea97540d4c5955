import { CommandFailure } from './failure.js';

/** What the command reads in a problem document (RFC 9457); docs/errors.md lists the codes. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly request_id?: string;
}

/** What to do about a refusal, in the words of the command line. */
const HINTS: Readonly<Record<string, string>> = {
  FIRMWARE_EXISTS: 'Publish it with a higher --build or --version.',
  FIRMWARE_FILE_MISSING: 'Upload the file first: ota upload.',
  FIRMWARE_SIZE_MISMATCH: 'Give the --file-size that the upload answered.',
  FIRMWARE_HASH_MISMATCH: 'Give the --file-hash that the upload answered.',
  FIRMWARE_PATH_INVALID: 'Give the --binary-path that the upload answered.',
  FIRMWARE_NOT_FOUND: 'ota list shows what there is.',
  FIRMWARE_IN_USE: 'Take it out of use, and keep it for the record: ota deactivate.',
  IMAGE_VERSION_MISMATCH: 'To publish it all the same: --allow-version-mismatch.',
  CHIP_MISMATCH: 'To publish it all the same: --allow-chip-change.',
  SECURE_VERSION_LOWER: 'To publish it all the same: --allow-lower-secure-version.',
  MIN_VERSION_ABOVE_VERSION: 'Give a lower --min-version.',
  HTTPS_REQUIRED: 'Give the https:// address as --server.',
};

/** A refusal of the server, in its own words, with what to do about it. */
export class Refusal extends CommandFailure {
  override readonly name = 'Refusal';

  /** @param tokenSource where the token was given, undefined without one */
  constructor(
    readonly problem: Problem,
    server: string,
    tokenSource?: string,
  ) {
    super(
      `${sentenceOf(problem, tokenSource)} (${problem.status} ${problem.code})`,
      hintsFor(problem, server, tokenSource),
    );
  }
}

/** The server tells programs which header to send; a person only has to know that the token is refused. */
const sentenceOf = ({ code, detail }: Problem, tokenSource: string | undefined): string =>
  code === 'UNAUTHENTICATED' && tokenSource !== undefined
    ? 'The server does not accept the token: it is wrong, or it has expired.'
    : commandDetail(detail);

function hintsFor(
  { status, code, detail, request_id }: Problem,
  server: string,
  tokenSource: string | undefined,
): string[] {
  if (code === 'UNAUTHENTICATED') {
    const login = `ota login --server ${server}`;
    if (tokenSource === undefined || tokenSource === 'ota login') return [`Log in again: ${login}`];
    return [
      `It is the token in ${tokenSource}, which is used before that of ota login. Give a valid one there, or leave it out ` +
        `and log in: ${login}`,
    ];
  }
  if (status >= 500 && request_id !== undefined) return [`The server's log has more under ${request_id}.`];
  const hint = hintFor(code, detail);
  return hint === undefined ? [] : [hint];
}

/** What to do about a problem, in the words of the command line; undefined where the detail says all. */
export const hintFor = (code: string, detail: string): string | undefined =>
  HINTS[code] ?? overrideHint(detail);

/** The server says which field to send; on the command line the hint names the flag instead. */
export const commandDetail = (detail: string): string =>
  detail.replace(/ If it is meant so, send allow_[a-z_]+=true\./, '');

/** The server names the field that overrides a refusal; the flag has the same name. */
function overrideHint(detail: string): string | undefined {
  const [, field] = /\b(allow_[a-z_]+)=true/.exec(detail) ?? [];
  return field && `To publish it all the same: --${field.replaceAll('_', '-')}.`;
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
