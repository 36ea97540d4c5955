import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { types } from 'node:util';
import { CommandFailure, UsageFailure } from './failure.js';
import { sendRequest } from './http-request.js';
import { parseProblem, Refusal } from './problem.js';

/** An answer of the server: as it was sent, and what it says. */
export interface Answer<T> {
  readonly text: string;
  readonly body: T;
  /** Rows in all, of which a list answers one page; undefined for what is no list. */
  readonly total: number | undefined;
}

export interface Sending {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly json?: unknown;
  /** A body that is no JSON, with its headers. */
  readonly body?: Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What says that an admin is asking, and where it was given. */
export interface Token {
  readonly value: string;
  readonly source: string;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Longest time for an answer to begin, in ms. */
const PATIENCE_MS = 60_000;

/** Speaks to one server, as an admin when there is a token. */
export class ApiClient {
  /** @throws UsageFailure for a token that no header can carry */
  constructor(
    readonly server: string,
    private readonly token: Token | undefined,
    private readonly signal: AbortSignal,
  ) {
    if (token && !/^[\x21-\x7e]+$/.test(token.value)) {
      throw new UsageFailure(`The token in ${token.source} holds spaces or characters that no token has.`);
    }
  }

  /**
   * @throws Refusal when the server says no
   * @throws Unreachable when there is no answer
   * @throws CommandFailure when it is no OTA server
   */
  async send<T>(method: Method, path: string, sending: Sending = {}): Promise<Answer<T>> {
    const url = this.urlOf(path, sending.query);
    const { status, headers, text } = await sendRequest(url, {
      method,
      headers: this.headersOf(sending),
      body: sending.json === undefined ? sending.body : JSON.stringify(sending.json),
      signal: this.signal,
      patienceMs: PATIENCE_MS,
    }).catch((error: unknown) => {
      throw this.signal.aborted ? error : new Unreachable(this.server, error);
    });
    if (status >= 200 && status < 300) {
      const total = headers['x-total-count'];
      const body = parseJson(text);
      if (body !== undefined) {
        return { text, body: body as T, total: total === undefined ? undefined : Number(total) };
      }
    }
    const problem = parseProblem(text);
    if (problem) throw new Refusal(problem, this.server, this.token?.source);
    throw foreign(url, status, headers);
  }

  private urlOf(path: string, query: Sending['query'] = {}): URL {
    const url = new URL(this.server + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  private headersOf({ json, headers }: Sending): Record<string, string> {
    return {
      Accept: 'application/json',
      ...(this.token && { Authorization: `Bearer ${this.token.value}` }),
      ...(json !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const UNTRUSTED = 'its certificate is not trusted; set NODE_EXTRA_CA_CERTS to the file of its authority';
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is self-signed; set NODE_EXTRA_CA_CERTS to the file of that certificate',
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  HPE_INVALID_CONSTANT: 'it does not speak HTTP; is it https://?',
};

/** In words why a server could not be reached. */
export function describeConnectionError(error: unknown): string {
  const { code, message } = rootCause(error);
  if (speaksNoTls(error)) return 'the answer is not HTTPS';
  return (code === undefined ? undefined : REASONS[code]) ?? message;
}

/** OpenSSL names an answer in plain HTTP in the code or, below EPROTO, only in the message, as its version decides. */
function speaksNoTls(error: unknown): boolean {
  const { code, message } = rootCause(error);
  if (code !== 'EPROTO' && code?.startsWith('ERR_SSL_') !== true) return false;
  return /wrong.version.number|packet.length.too.long/i.test(`${code} ${message}`);
}

function rootCause(error: unknown): { code: string | undefined; message: string } {
  if (!types.isNativeError(error)) return { code: undefined, message: String(error) };
  const { code, message, cause, errors } = error as NodeJS.ErrnoException & { errors?: readonly unknown[] };
  // Of several addresses that were tried, the first tells as much as all.
  const inner = errors?.[0] ?? cause;
  if (types.isNativeError(inner) && (code === undefined || errors)) return rootCause(inner);
  return { code, message };
}

/** There is no connection to the server, or it broke. */
export class Unreachable extends CommandFailure {
  override readonly name = 'Unreachable';

  constructor(server: string, error: unknown) {
    super(`Cannot reach ${server}: ${describeConnectionError(error)}.`, [
      speaksNoTls(error)
        ? `This server does not speak HTTPS: try ${server.replace(/^https:/, 'http:')}`
        : 'Is the server running? Another address goes into --server or OTA_SERVER.',
    ]);
  }
}

/** What answered is no OTA server, or an old one that lacks the endpoint. */
export class ForeignAnswer extends CommandFailure {
  override readonly name = 'ForeignAnswer';

  constructor(
    readonly status: number,
    message: string,
    hint: string,
  ) {
    super(message, [hint]);
  }
}

function foreign(url: URL, status: number, headers: IncomingHttpHeaders): ForeignAnswer {
  const type = (headers['content-type'] ?? 'no content type').split(';', 1)[0] ?? '';
  const { location } = headers;
  if (status >= 300 && status < 400 && location !== undefined) {
    return new ForeignAnswer(
      status,
      `${url.origin} sends ${status} to ${location}.`,
      'Give the address that it leads to as --server.',
    );
  }
  return new ForeignAnswer(
    status,
    `${url.origin} does not answer as an OTA server does: ${status} and ${type} at ${url.pathname}.`,
    'Is --server (or OTA_SERVER) the right address? A proxy in front may have answered, too.',
  );
}
