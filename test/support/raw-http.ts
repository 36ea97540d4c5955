import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TestApp } from './test-app.js';

/** A connection that sends what it is told, byte for byte, and keeps what comes. */
export class RawConnection {
  /** What came, a character for each byte. */
  received = '';
  readonly closed: Promise<void>;
  readonly socket: Socket;

  constructor({ url }: Pick<TestApp, 'url'>, isReading = true) {
    const { port, protocol } = new URL(url);
    const tcp = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    this.socket = protocol === 'https:' ? connectTls({ socket: tcp, rejectUnauthorized: false }) : tcp;
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    if (isReading) this.read();
  }

  read(): void {
    this.socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')));
    this.socket.once('end', () => this.socket.end());
    this.socket.resume();
  }

  send(bytes: string | Buffer): this {
    this.socket.write(bytes);
    return this;
  }

  /** The statuses of the answers that came, in their order. */
  get statuses(): number[] {
    return Array.from(this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));
  }
}

/** @returns all that comes until the other side closes, a character for each byte */
export async function exchange(app: Pick<TestApp, 'url'>, request: string | Buffer): Promise<string> {
  const connection = new RawConnection(app).send(request);
  await connection.closed;
  return connection.received;
}

/** A request with a JSON body, as it goes over the wire. */
export function jsonRequest(path: string, body: unknown, headers: readonly string[] = []): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: x',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...headers,
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}

export const getRequest = (path: string, headers: readonly string[] = [], method = 'GET'): string =>
  [`${method} ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');
