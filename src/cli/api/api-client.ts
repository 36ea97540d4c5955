import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { types } from 'node:util';
import { CommandFailure, UsageFailure } from './failure.js';
import { openResponse, sendRequest } from './http-request.js';
import { parseProblem, Refusal } from './problem.js';

/** A response of the server, as text and parsed. */
export interface Answer<T> {
  readonly text: string;
  readonly body: T;
  /** The number of rows on all pages of a list; undefined if the response is not a list. */
  readonly total: number | undefined;
  /** The cursor of the next page; undefined if there is none. */
  readonly next?: string | undefined;
}

export interface Sending {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly json?: unknown;
  /** A body that is not JSON, with its headers. */
  readonly body?: Readable;
  readonly headers?: Readonly<Record<string, string>>;
  /** Maximum time until the response begins, in ms; for what takes the server longer than usual. */
  readonly patienceMs?: number;
}

/** A bearer token and the place where it was specified. */
export interface Token {
  readonly value: string;
  readonly source: string;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Maximum time until a response begins, in ms. */
const PATIENCE_MS = 60_000;

/** Sends requests to one server, as an admin if there is a token. */
export class ApiClient {
  /** @throws UsageFailure if the token cannot be sent in a header */
  constructor(
    readonly server: string,
    private readonly token: Token | undefined,
    private readonly signal: AbortSignal,
  ) {
    if (token && !/^[\x21-\x7e]+$/.test(token.value)) {
      throw new UsageFailure(`The token in ${token.source} contains spaces or other invalid characters.`);
    }
  }

  /**
   * @throws Refusal if the server answers with a problem document
   * @throws Unreachable if there is no response
   * @throws ForeignAnswer if the response is not from an OTA server
   */
  async send<T>(method: Method, path: string, sending: Sending = {}): Promise<Answer<T>> {
    const url = this.urlOf(path, sending.query);
    const { status, headers, text } = await sendRequest(url, {
      method,
      headers: this.headersOf(sending),
      body: sending.json === undefined ? sending.body : JSON.stringify(sending.json),
      signal: this.signal,
      patienceMs: sending.patienceMs ?? PATIENCE_MS,
    }).catch((error: unknown) => {
      throw this.signal.aborted ? error : new Unreachable(this.server, error);
    });
    if (status >= 200 && status < 300) {
      const total = headers['x-total-count'];
      const body = parseJson(text);
      if (body !== undefined) {
        const next = headers['x-next'];
        return {
          text,
          body: body as T,
          total: total === undefined ? undefined : Number(total),
          ...(typeof next === 'string' && { next }),
        };
      }
    }
    const problem = parseProblem(text);
    if (problem) throw new Refusal(problem, this.server, this.token?.source);
    throw foreign(url, status, headers);
  }

  /**
   * Passes the body of a response on as it arrives, however long it is.
   * @throws as {@link send}
   */
  async receive(path: string, { query, headers }: Sending, onChunk: (chunk: Buffer) => void): Promise<void> {
    const url = this.urlOf(path, query);
    const answer = await sendRequest(url, {
      method: 'GET',
      headers: this.headersOf({ headers }),
      body: undefined,
      signal: this.signal,
      patienceMs: PATIENCE_MS,
      onChunk,
    }).catch((error: unknown) => {
      throw this.signal.aborted ? error : new Unreachable(this.server, error);
    });
    if (answer.status === 200) return;
    const problem = parseProblem(answer.text);
    if (problem) throw new Refusal(problem, this.server, this.token?.source);
    throw foreign(url, answer.status, answer.headers);
  }

  /**
   * The response to a GET that goes on for as long as anybody reads it.
   * @param pauseMs longest pause in it
   * @throws as {@link send}
   */
  async stream(path: string, sending: Sending, pauseMs: number): Promise<IncomingMessage> {
    const url = this.urlOf(path, sending.query);
    const headers = { ...this.headersOf(sending), Accept: 'text/event-stream' };
    const response = await openResponse(url, { headers, signal: this.signal, patienceMs: pauseMs }).catch(
      (error: unknown) => {
        throw this.signal.aborted ? error : new Unreachable(this.server, error);
      },
    );
    const { statusCode: status = 0, headers: answered } = response;
    if (status === 200 && answered['content-type']?.startsWith('text/event-stream') === true) return response;
    let text = '';
    for await (const part of response.setEncoding('utf8')) text += String(part);
    const problem = parseProblem(text);
    if (problem) throw new Refusal(problem, this.server, this.token?.source);
    throw foreign(url, status, answered);
  }

  private urlOf(path: string, query: Sending['query'] = {}): URL {
    const url = new URL(this.server + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  private headersOf({
    json,
    headers,
  }: {
    readonly json?: unknown;
    readonly headers?: Sending['headers'] | undefined;
  }): Record<string, string> {
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

const UNTRUSTED = 'its certificate is not trusted; set NODE_EXTRA_CA_CERTS to the file of its CA certificate';
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'its host name cannot be resolved',
  EAI_AGAIN: 'its host name cannot be resolved at the moment',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'timed out',
  UND_ERR_SOCKET: 'connection closed',
  UND_ERR_CONNECT_TIMEOUT: 'timed out',
  UND_ERR_HEADERS_TIMEOUT: 'timed out',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is self-signed; set NODE_EXTRA_CA_CERTS to the file of that certificate',
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for a different host name',
  HPE_INVALID_CONSTANT: 'the response is not HTTP; use https:// if the server does',
};

/** Describes why a server could not be reached. */
export function describeConnectionError(error: unknown): string {
  const { code, message } = rootCause(error);
  if (speaksNoTls(error)) return 'the response is not HTTPS';
  return (code === undefined ? undefined : REASONS[code]) ?? message;
}

/** Depending on its version, OpenSSL reports a plain HTTP response in the code or, with EPROTO, only in the message. */
function speaksNoTls(error: unknown): boolean {
  const { code, message } = rootCause(error);
  if (code !== 'EPROTO' && code?.startsWith('ERR_SSL_') !== true) return false;
  return /wrong.version.number|packet.length.too.long/i.test(`${code} ${message}`);
}

function rootCause(error: unknown): { code: string | undefined; message: string } {
  if (!types.isNativeError(error)) return { code: undefined, message: String(error) };
  const { code, message, cause, errors } = error as NodeJS.ErrnoException & { errors?: readonly unknown[] };
  // If several addresses were tried, the first error is representative.
  const inner = errors?.[0] ?? cause;
  if (types.isNativeError(inner) && (code === undefined || errors)) return rootCause(inner);
  return { code, message };
}

/** The server could not be reached, or the connection broke. */
export class Unreachable extends CommandFailure {
  override readonly name = 'Unreachable';

  constructor(server: string, error: unknown) {
    super(`Cannot reach ${server}: ${describeConnectionError(error)}.`, [
      speaksNoTls(error)
        ? `This server does not use HTTPS: try ${server.replace(/^https:/, 'http:')}`
        : 'Is the server running? Set its address with --server or OTA_SERVER.',
    ]);
  }
}

/** The response is not from an OTA server, or from an old one without the endpoint. */
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
      `${url.origin} redirects (${status}) to ${location}.`,
      'Pass the target address with --server.',
    );
  }
  return new ForeignAnswer(
    status,
    `${url.origin} does not respond like an OTA server: ${status} and ${type} at ${url.pathname}.`,
    'Check the address in --server or OTA_SERVER, and any proxy in front of the server.',
  );
}
