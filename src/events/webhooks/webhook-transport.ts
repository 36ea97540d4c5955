import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { literalAddress, mayReceive } from './public-address.js';

/** How a message was taken. */
export interface Receipt {
  /** null: there was no answer. */
  readonly status: number | null;
  /** A sentence; null: it arrived. */
  readonly error: string | null;
}

export interface TransportOptions {
  readonly allowPrivate: boolean;
  /** Longest time for the connection, and from the beginning to the status. */
  readonly connectMs: number;
  readonly totalMs: number;
  /** How names are looked up. */
  readonly lookup: typeof systemLookup;
}

export const TRANSPORT_DEFAULTS = { connectMs: 5_000, totalMs: 10_000, lookup: systemLookup } as const;

/** Of an answer's body; nobody needs it, but a receiver that is cut off in the middle of it may take that for an error. */
const MAX_ANSWER_BYTES = 64 * 1024;

class Refused extends Error {}

/**
 * Sends messages to the receivers of webhooks, which are chosen by admins and may be anything: addresses of the inside are
 * refused when the connection is made, redirects are not followed, and whatever is slow or long is cut.
 */
export class WebhookTransport {
  constructor(private readonly options: TransportOptions) {}

  /** Never rejects. @param signal ends it early */
  async send(
    url: URL,
    body: string,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Receipt> {
    try {
      this.refuseLiteral(url);
      const status = await this.exchange(url, body, headers, signal);
      return { status, error: faultOf(status) };
    } catch (error) {
      return { status: null, error: sentenceOf(error) };
    }
  }

  /** A host that is an address is not looked up. */
  private refuseLiteral(url: URL): void {
    const address = literalAddress(url);
    const { allowPrivate } = this.options;
    if (address !== null && !mayReceive(address, allowPrivate)) throw refusedAddress(url, allowPrivate);
  }

  private exchange(
    url: URL,
    body: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const { connectMs, totalMs } = this.options;
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = send(url, {
        method: 'POST',
        agent: false,
        signal,
        lookup: this.lookupFor(url),
        headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
      });
      const cut = (what: string, ms: number): NodeJS.Timeout =>
        setTimeout(
          () => request.destroy(new Refused(`The receiver did not ${what} within ${ms / 1000} s.`)),
          ms,
        );
      const connecting = cut('take the connection', connectMs);
      const waiting = cut('answer', totalMs);
      const event = url.protocol === 'https:' ? 'secureConnect' : 'connect';
      request.on('socket', (socket) => {
        socket.once(event, () => {
          clearTimeout(connecting);
        });
      });
      request.on('close', () => {
        clearTimeout(connecting);
        clearTimeout(waiting);
      });
      request.on('error', reject);
      request.on('response', (response) => {
        resolve(response.statusCode ?? 0);
        drop(response, request);
      });
      request.end(body);
    });
  }

  /** The addresses that it gives are the ones that are connected to: nobody asks for them again. */
  private lookupFor(url: URL): LookupFunction {
    const { allowPrivate } = this.options;
    return (hostname, options, callback) => {
      this.options.lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
        const allowed = error ? [] : addresses.filter(({ address }) => mayReceive(address, allowPrivate));
        const [first] = allowed;
        if (error) callback(error, '', 0);
        else if (!first) callback(refusedAddress(url, allowPrivate), '', 0);
        else if (options.all) callback(null, allowed);
        else callback(null, first.address, first.family);
      });
    };
  }
}

/** Reads a bounded part of the body, and ends the connection when there is more. */
function drop(response: IncomingMessage, request: { destroy(): unknown }): void {
  let bytes = 0;
  response.on('error', () => undefined);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) request.destroy();
  });
}

function faultOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  const more = status >= 300 && status < 400 ? '; redirects are not followed' : '';
  return `The receiver answered ${status}${more}.`;
}

/** The resolved addresses are not told: they may be of the inside. */
const refusedAddress = ({ hostname }: URL, allowPrivate: boolean): Refused =>
  new Refused(
    allowPrivate
      ? `${hostname} leads to a link-local address, where no message is sent.`
      : `${hostname} leads to a private address, and WEBHOOK_ALLOW_PRIVATE is not set.`,
  );

function sentenceOf(error: unknown): string {
  if (error instanceof Refused) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return `The receiver could not be reached: ${code ?? message}.`;
}
