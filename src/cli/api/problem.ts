import { findError } from '../../domain/errors.js';
import { CommandFailure } from './failure.js';

/** The fields of a problem document (RFC 9457) that the command uses; docs/errors.md lists the codes. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: Readonly<Record<string, readonly string[]>>;
  readonly request_id?: string;
}

/** An error response of the server, with its own message and how to resolve it. */
export class Refusal extends CommandFailure {
  override readonly name = 'Refusal';

  /** @param tokenSource where the token was specified; undefined without a token */
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

/** The server's message explains the header to programs; a person needs to know only that the token is rejected. */
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
      `The token comes from ${tokenSource}, which takes precedence over ota login. Set a valid token there, or remove it ` +
        `and log in: ${login}`,
    ];
  }
  const hint = hintFor(code, detail);
  return [
    ...(hint === undefined ? [] : [hint]),
    ...(status >= 500 && request_id !== undefined ? [`See the server's log for request ${request_id}.`] : []),
  ];
}

/** Returns a hint in terms of the command line; undefined for an unknown code of a newer server. */
export function hintFor(code: string, detail: string): string | undefined {
  const entry = findError(code);
  return entry ? (entry.command ?? entry.advice) : overrideHint(detail);
}

/** Removes the sentence about the override field from the server's message, because the hint names the flag instead. */
export const commandDetail = (detail: string): string =>
  detail.replace(/ If it is meant so, send allow_[a-z_]+=true\./, '');

/** Derives the flag from the field in the detail, for an unknown code of a newer server. */
function overrideHint(detail: string): string | undefined {
  const [, field] = /\b(allow_[a-z_]+)=true/.exec(detail) ?? [];
  return field && `To publish it anyway: --${field.replaceAll('_', '-')}.`;
}

/** @returns null if the body is not a problem document */
export function parseProblem(text: string): Problem | null {
  try {
    const body = JSON.parse(text) as Partial<Problem> | null;
    return typeof body?.code === 'string' && typeof body.detail === 'string' ? (body as Problem) : null;
  } catch {
    return null;
  }
}
