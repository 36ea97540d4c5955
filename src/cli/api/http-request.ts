import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type IncomingHttpHeaders,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';

export interface HttpQuestion {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable | undefined;
  readonly signal: AbortSignal;
  /** Maximum time until the response begins after the request is sent, and maximum pause after that. */
  readonly patienceMs: number;
  /** Gets the body of a 200 piece by piece, and `text` stays empty. */
  readonly onChunk?: ((chunk: Buffer) => void) | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const KEPT = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

/** Sends one request with node:http, which loads faster than any library on top of it. Redirects are not followed. */
export async function sendRequest(url: URL, question: HttpQuestion): Promise<HttpAnswer> {
  for (;;) {
    let request: ClientRequest | undefined;
    try {
      request = open(url, question);
      return await exchange(request, question);
    } catch (error) {
      // The server may have just closed a keep-alive connection; a GET can safely be sent again.
      const { code } = error as NodeJS.ErrnoException;
      if (request?.reusedSocket !== true || code !== 'ECONNRESET') throw error;
    }
  }
}

/** Sends a GET, and returns the response as soon as it begins; it may take as long as it takes, but for pauses. */
export function openResponse(
  url: URL,
  question: Omit<HttpQuestion, 'method' | 'body'>,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = open(url, { ...question, method: 'GET', body: undefined }, false);
    request.setTimeout(question.patienceMs, () => {
      request.destroy(Object.assign(new Error('The response takes too long.'), { code: 'ETIMEDOUT' }));
    });
    request.on('error', reject);
    request.on('response', resolve);
    request.end();
  });
}

function open(url: URL, { method, headers, signal }: HttpQuestion, isKept = method === 'GET'): ClientRequest {
  const isSecure = url.protocol === 'https:';
  const kept = isSecure ? KEPT.https : KEPT.http;
  const options = { method, headers, signal, agent: isKept ? kept : false };
  return isSecure ? httpsRequest(url, options) : httpRequest(url, options);
}

function exchange(request: ClientRequest, { body, patienceMs, onChunk }: HttpQuestion): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let hasAnswer = false;
    request.on('error', (error) => {
      // A server that refuses early does not read the rest of the request.
      if (!hasAnswer) reject(error);
    });
    request.on('finish', () => {
      request.setTimeout(patienceMs, () => {
        request.destroy(Object.assign(new Error('The response takes too long.'), { code: 'ETIMEDOUT' }));
      });
    });
    request.on('response', (response) => {
      hasAnswer = true;
      const chunks: Buffer[] = [];
      const take =
        response.statusCode === 200 && onChunk ? onChunk : (chunk: Buffer) => void chunks.push(chunk);
      response.on('data', take);
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        });
        if (!request.writableFinished) request.destroy();
      });
    });
    if (body === undefined || typeof body === 'string') {
      request.end(body);
      return;
    }
    body.on('error', (error) => request.destroy(error));
    request.on('close', () => body.destroy());
    body.pipe(request);
  });
}
