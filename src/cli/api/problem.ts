import { findError } from '../../domain/errors.js';
import { CommandFailure } from './failure.js';

/** What the command reads in a problem document (RFC 9457); docs/errors.md lists the codes. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly request_id?: string;
}

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
  const hint = hintFor(code, detail);
  return [
    ...(hint === undefined ? [] : [hint]),
    ...(status >= 500 && request_id !== undefined ? [`The server's log has more under ${request_id}.`] : []),
  ];
}

/** What to do about a problem, in the words of the command line; undefined for a code of a newer server. */
export function hintFor(code: string, detail: string): string | undefined {
  const entry = findError(code);
  return entry ? (entry.command ?? entry.advice) : overrideHint(detail);
}

/** The server says which field to send; on the command line the hint names the flag instead. */
export const commandDetail = (detail: string): string =>
  detail.replace(/ If it is meant so, send allow_[a-z_]+=true\./, '');

/** A newer server may refuse for a reason that this command does not know; the flag has the name of the field. */
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
