import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';

/** What a bare server answers: the same bytes to every body that is JSON, or a file that it has in memory. */
type Headers = Readonly<Record<string, string>>;

export type BareAnswer = (
  | { readonly kind: 'json'; readonly text: string; readonly headers?: Headers }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'ranges'; readonly path: string; readonly headers?: Headers }
) & { readonly tls?: { readonly certFile: string; readonly keyFile: string } };

/** The least that node:http can do for an answer, in a process of its own. */
process.once('message', (answer: BareAnswer) => {
  const server = serverFor(answer);
  server.keepAliveTimeout = 75_000;
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
});
process.once('disconnect', () => process.exit());

function serverFor(answer: BareAnswer): Server {
  const listener = listenerOf(answer);
  if (!answer.tls) return createServer(listener);
  const [cert, key] = [answer.tls.certFile, answer.tls.keyFile].map((file) => readFileSync(file));
  return createTlsServer({ cert, key }, listener);
}

function listenerOf(answer: BareAnswer): RequestListener {
  if (answer.kind === 'json') return answerJson(answer.text, answer.headers);
  const file = readFileSync(answer.path);
  return answer.kind === 'file' ? answerFile(file) : answerRanges(file, answer.headers);
}

function answerJson(text: string, more: Headers = {}): RequestListener {
  const headers = {
    ...more,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  };
  return (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      JSON.parse(body);
      response.writeHead(200, headers);
      response.end(text);
    });
  };
}

function answerFile(file: Buffer): RequestListener {
  const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': file.length };
  return (_request, response) => {
    response.writeHead(200, headers);
    response.end(file);
  };
}

function answerRanges(file: Buffer, headers: Headers = {}): RequestListener {
  return (request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const [start, end] = [Number(first), Number(last)];
    response.writeHead(206, {
      ...headers,
      'Content-Type': 'application/octet-stream',
      'Content-Length': end - start + 1,
      'Content-Range': `bytes ${start}-${end}/${file.length}`,
    });
    response.end(file.subarray(start, end + 1));
  };
}
