import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** One connection that went through the proxy. */
export interface Connection {
  /** Bytes from the device as text; unreadable over TLS. */
  sent: string;
  /** Bytes from the server. */
  received: number;
  /** The first bytes from the server. */
  readonly first: Buffer[];
}

const FIRST_BYTES = 16 * 1024;

/** A proxy between a device and the server that records the traffic and can cut the connection. */
export class TcpProxy {
  readonly connections: Connection[] = [];
  /** Called with the number of each request (plain HTTP), from 1, before it is forwarded. */
  onRequest: (count: number, head: string) => Promise<void> | void = () => undefined;
  /** Called with data of the server after they were forwarded. */
  onAnswer: (text: string) => void = () => undefined;
  /** Changes what the device sends (plain HTTP), but not its length. */
  rewrite: (sent: string) => string = (sent) => sent;
  /** Requests so far (plain HTTP). */
  requestCount = 0;
  private cutAfter = Infinity;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  /** @param target the port of the server, which changes when the server restarts */
  constructor(public target: number) {
    this.server = createServer((device) => this.forward(device));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  /** Cuts the connection once after this number of further bytes from the server. */
  cutOnceAfter(bytes: number): void {
    this.cutAfter = bytes;
  }

  get received(): number {
    return this.connections.reduce((sum, { received }) => sum + received, 0);
  }

  /** Requests of plain HTTP on all connections. */
  get requests(): string {
    return this.connections.map(({ sent }) => sent).join('');
  }

  private forward(device: Socket): void {
    const connection: Connection = { sent: '', received: 0, first: [] };
    this.connections.push(connection);
    const server = connect(this.target, '127.0.0.1');
    const end = (): void => {
      device.destroy();
      server.destroy();
    };
    for (const socket of [device, server]) {
      this.sockets.add(socket);
      socket.on('error', end).on('close', () => this.sockets.delete(socket));
    }
    let held = Promise.resolve();
    device.on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1');
      connection.sent += text;
      const forwarded = Buffer.from(this.rewrite(text), 'latin1');
      held = held.then(() => this.announce(text)).then(() => void server.write(forwarded));
    });
    device.on('end', () => void held.then(() => server.end()));
    server.on('data', (bytes: Buffer) => {
      if (connection.received < FIRST_BYTES) connection.first.push(bytes);
      connection.received += bytes.length;
      const passed = bytes.subarray(0, this.cutAfter);
      device.write(passed);
      this.cutAfter -= passed.length;
      this.onAnswer(bytes.toString('latin1'));
      if (this.cutAfter > 0) return;
      this.cutAfter = Infinity;
      device.destroySoon();
      server.destroy();
    });
    server.on('end', () => device.end());
  }

  private async announce(text: string): Promise<void> {
    if (!/^(?:GET|POST) /.test(text)) return;
    this.requestCount++;
    await this.onRequest(this.requestCount, text);
  }
}

const HANDSHAKE = 22;
const CERTIFICATE = 11;

/** Tells whether the server of a TLS 1.2 connection sent its certificate, which it does not for a resumed session (RFC 5077). */
export function hasFullHandshake({ first }: Connection): boolean {
  const bytes = Buffer.concat(first);
  for (let record = 0; record + 5 <= bytes.length && bytes[record] === HANDSHAKE;) {
    const end = record + 5 + bytes.readUInt16BE(record + 3);
    for (let message = record + 5; message + 4 <= Math.min(end, bytes.length);) {
      if (bytes[message] === CERTIFICATE) return true;
      message += 4 + bytes.readUIntBE(message + 1, 3);
    }
    record = end;
  }
  return false;
}
