import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { createServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { ServerTlsOptions } from './tls-options.js';

type ConnectionListener = (this: Server, socket: Socket) => void;

/** Bytes of a ticket secret that stand, in plain, at the head of each ticket under it: RFC 5077 §4. */
const NAME_BYTES = 16;
const HELLO_PATIENCE_MS = 10_000;

/**
 * Makes a server take tickets under a second key. OpenSSL can, but Node gives a server one key only. So a client that
 * offers a ticket with the name of the second one is handed to a TLS server that has it, and after the handshake back.
 */
export class PreviousTickets {
  private previous: { readonly name: Buffer; readonly server: TlsServer } | null = null;

  /** @param options those of the server, its certificate too */
  constructor(
    private readonly server: Server,
    private readonly options: ServerTlsOptions,
  ) {
    const handshake = server.listeners('connection') as ConnectionListener[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      this.dispatch(socket, () => {
        for (const listener of handshake) listener.call(server, socket);
      });
    });
  }

  /** @param secret 48 bytes; null: only those of the server itself are taken */
  accept(secret: Buffer | null): void {
    this.previous = secret && { name: secret.subarray(0, NAME_BYTES), server: this.serverWith(secret) };
  }

  private serverWith(secret: Buffer): TlsServer {
    const { server } = this;
    const previous = createServer({ ...this.options, ALPNProtocols: ['http/1.1'] });
    previous.setTicketKeys(secret);
    previous.on('secureConnection', (socket: TLSSocket) => server.emit('secureConnection', socket));
    previous.on('tlsClientError', (error, socket) => server.emit('tlsClientError', error, socket));
    return previous;
  }

  /**
   * Looks for the name in the first bytes that come. It is random, so it stands there by chance never; in a hello that
   * comes in pieces it may be missed, and the client makes a full handshake.
   */
  private dispatch(socket: Socket, handshake: () => void): void {
    const { previous } = this;
    if (!previous) {
      handshake();
      return;
    }
    const giveUp = (): void => {
      socket.destroy();
    };
    socket.setTimeout(HELLO_PATIENCE_MS, giveUp);
    socket.on('error', giveUp);
    const onReadable = (): void => {
      const hello = socket.read() as Buffer | null;
      if (hello === null) return;
      socket.off('readable', onReadable);
      socket.off('error', giveUp);
      socket.setTimeout(0, giveUp);
      socket.unshift(hello);
      if (hello.includes(previous.name)) previous.server.emit('connection', socket);
      else handshake();
    };
    socket.on('readable', onReadable);
    socket.once('end', giveUp);
  }
}
