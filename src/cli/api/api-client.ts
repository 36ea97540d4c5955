import type { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import { CommandFailure } from './failure.js';
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

/** Longest time for an answer to begin, in ms. */
const PATIENCE_MS = 60_000;

/** Speaks to one server, as an admin when there is a token. */
export class ApiClient {
  constructor(
    readonly server: string,
    private readonly token: string | undefined,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * @throws Refusal when the server says no
   * @throws CommandFailure when it cannot be reached or is no OTA server
   */
  async send<T>(method: Dispatcher.HttpMethod, path: string, sending: Sending = {}): Promise<Answer<T>> {
    const url = this.urlOf(path, sending.query);
    const response = await request(url, {
      method,
      headers: this.headersOf(sending),
      body: sending.json === undefined ? (sending.body ?? null) : JSON.stringify(sending.json),
      signal: this.signal,
      headersTimeout: PATIENCE_MS,
    }).catch((error: unknown) => {
      throw this.signal.aborted ? error : unreachable(this.server, error);
    });
    const text = await response.body.text();
    if (response.statusCode >= 200 && response.statusCode < 300) {
      const total = response.headers['x-total-count'];
      const body = parseJson(text);
      if (body !== undefined) {
        return { text, body: body as T, total: total === undefined ? undefined : Number(total) };
      }
    }
    const problem = parseProblem(text);
    if (problem) throw new Refusal(problem, this.server);
    throw foreign(url, response.statusCode, response.headers);
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
      ...(this.token !== undefined && { Authorization: `Bearer ${this.token}` }),
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

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is self-signed; NODE_EXTRA_CA_CERTS names a file that vouches',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted; NODE_EXTRA_CA_CERTS names a file that vouches',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is not trusted; NODE_EXTRA_CA_CERTS names a file that vouches',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak HTTPS; is it http://?',
};

/** In words why a server could not be reached. */
export function connectionFault(error: unknown): string {
  const { code, message } = rootCause(error);
  return (code === undefined ? undefined : REASONS[code]) ?? message;
}

function rootCause(error: unknown): { code: string | undefined; message: string } {
  if (!(error instanceof Error)) return { code: undefined, message: String(error) };
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error.cause;
  if (inner instanceof Error && !('code' in error && error.code !== undefined)) return rootCause(inner);
  return { code: (error as NodeJS.ErrnoException).code, message: error.message };
}

function unreachable(server: string, error: unknown): CommandFailure {
  return new CommandFailure(`Cannot reach ${server}: ${connectionFault(error)}.`, [
    'Is the server running? Another address goes into --server or OTA_SERVER.',
  ]);
}

function foreign(url: URL, status: number, headers: Dispatcher.ResponseData['headers']): CommandFailure {
  const type = String(headers['content-type'] ?? 'no content type').split(';', 1)[0] ?? '';
  const { location } = headers;
  if (status >= 300 && status < 400 && location !== undefined) {
    return new CommandFailure(`${url.origin} sends ${String(status)} to ${String(location)}.`, [
      'Give the address that it leads to as --server.',
    ]);
  }
  return new CommandFailure(
    `${url.origin} does not answer as an OTA server does: ${status} and ${type} at ${url.pathname}.`,
    ['Is --server (or OTA_SERVER) the right address? A proxy in front may have answered, too.'],
  );
}
