import type { LookupAddress, lookup as systemLookup } from 'node:dns';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebhookTransport, type TransportOptions } from './webhook-transport.js';

const LOCAL: LookupAddress = { address: '127.0.0.1', family: 4 };
const PUBLIC: LookupAddress = { address: '192.0.43.8', family: 4 };

/** Answers each look-up with the next list, and the last one for ever. */
function lookups(...answers: readonly (readonly LookupAddress[])[]): {
  lookup: typeof systemLookup;
  asked: string[];
} {
  const asked: string[] = [];
  const lookup = (
    hostname: string,
    _options: object,
    callback: (error: null, addresses: readonly LookupAddress[]) => void,
  ): void => {
    asked.push(hostname);
    callback(null, answers[Math.min(asked.length, answers.length) - 1] ?? []);
  };
  return { lookup: lookup as unknown as typeof systemLookup, asked };
}

describe('a message to a webhook', () => {
  let server: Server;
  let port: number;
  let respond: RequestListener;
  let connections = 0;
  const received: { headers: IncomingMessage['headers']; body: string }[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (text: string) => (body += text));
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        respond(request, response);
      });
    });
    server.on('connection', () => (connections += 1));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  beforeEach(() => {
    received.length = 0;
    connections = 0;
    respond = (_request, response) => response.writeHead(204).end();
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const send = (host: string, options: Partial<TransportOptions> = {}, signal?: AbortSignal) => {
    const all = {
      allowPrivate: true,
      connectMs: 2_000,
      totalMs: 2_000,
      lookup: lookups([LOCAL]).lookup,
      ...options,
    };
    return new WebhookTransport(all).send(
      new URL(`http://${host}:${port}/hook`),
      '{"a":"ö"}',
      { 'webhook-id': 'evt_1' },
      signal,
    );
  };

  it('arrives whole, with its headers, on a connection of its own', async () => {
    expect(await send('example.com')).toEqual({ status: 204, error: null });
    expect(received).toEqual([
      {
        body: '{"a":"ö"}',
        headers: {
          host: `example.com:${port}`,
          'webhook-id': 'evt_1',
          'content-length': '10',
          connection: 'close',
        },
      },
    ]);
  });

  it.each([301, 302, 307, 308])('that is answered %d is not sent elsewhere', async (status) => {
    respond = (_request, response) => response.writeHead(status, { Location: '/other' }).end();
    const receipt = await send('example.com');
    expect(receipt).toEqual({
      status,
      error: `The receiver answered ${status}; redirects are not followed.`,
    });
    expect(received).toHaveLength(1);
  });

  it.each([400, 404, 500, 503])('that is answered %d has not arrived', async (status) => {
    respond = (_request, response) => response.writeHead(status).end('why');
    expect(await send('example.com')).toEqual({ status, error: `The receiver answered ${status}.` });
  });

  it('has arrived although 10 MB are answered, of which little is read', async () => {
    let socket: Socket | undefined;
    // It is cut off in the midst of it.
    let written = 0;
    respond = (request, response) => {
      socket = request.socket.on('error', () => undefined);
      response.on('error', () => undefined);
      response.writeHead(200, { 'Content-Length': 10 * 1024 * 1024 });
      const chunk = Buffer.alloc(16 * 1024);
      const more = (): void => {
        while (written < 10 * 1024 * 1024 && !response.destroyed) {
          written += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
      };
      more();
    };
    expect(await send('example.com')).toEqual({ status: 200, error: null });
    await new Promise<void>((resolve) => {
      if (socket?.closed === true) resolve();
      else
        socket?.once('close', () => {
          resolve();
        });
    });
    expect(written).toBeLessThan(10 * 1024 * 1024);
  });

  it('is given up when the receiver takes too long', async () => {
    respond = () => undefined;
    expect(await send('example.com', { totalMs: 50 })).toEqual({
      status: null,
      error: 'The receiver did not answer within 0.05 s.',
    });
  });

  it('is given up when it is told so', async () => {
    const stopping = new AbortController();
    respond = () => {
      stopping.abort();
    };
    expect(await send('example.com', {}, stopping.signal)).toEqual({
      status: null,
      error: 'The receiver could not be reached: ABORT_ERR.',
    });
  });

  it('that nobody takes has not arrived', async () => {
    const refused = await new WebhookTransport({
      allowPrivate: true,
      connectMs: 2_000,
      totalMs: 2_000,
      lookup: lookups([LOCAL]).lookup,
    }).send(new URL('http://example.com:1/'), '{}', {});
    expect(refused).toEqual({ status: null, error: 'The receiver could not be reached: ECONNREFUSED.' });
  });

  describe('where addresses of the inside are allowed', () => {
    const SENTENCE = 'leads to a link-local address, where no message is sent.';

    it.each(['169.254.169.254', '[fe80::1]', '[::ffff:169.254.169.254]', '[64:ff9b::a9fe:a9fe]'])(
      'is not sent to %s all the same',
      async (host) => {
        const { status, error } = await send(host, { allowPrivate: true });
        expect(status).toBeNull();
        expect(error).toContain(SENTENCE);
      },
    );

    it('is not sent to a name that leads to none but such', async () => {
      const { lookup } = lookups([{ address: '169.254.169.254', family: 4 }]);
      const { error } = await send('metadata.example', { allowPrivate: true, lookup });
      expect(error).toBe(`metadata.example ${SENTENCE}`);
    });
  });

  describe('where addresses of the inside are refused', () => {
    it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0'])('is not sent to %s', async (host) => {
      const { status, error } = await send(host, { allowPrivate: false });
      expect(status).toBeNull();
      expect(error).toContain('leads to a private address, and WEBHOOK_ALLOW_PRIVATE is not set');
      expect(connections).toBe(0);
    });

    it('is not sent to a name that leads there', async () => {
      const { error } = await send('example.com', { allowPrivate: false });
      expect(error).toBe('example.com leads to a private address, and WEBHOOK_ALLOW_PRIVATE is not set.');
      expect(connections).toBe(0);
    });

    it('is sent to the address that was looked at, and the name is asked for once each time', async () => {
      // It would lead to the inside if it were asked for again.
      const { lookup, asked } = lookups([PUBLIC], [LOCAL]);
      const first = await send('rebinding.example', { allowPrivate: false, connectMs: 30, lookup });
      expect(first.status).toBeNull();
      expect(asked).toEqual(['rebinding.example']);
      const second = await send('rebinding.example', { allowPrivate: false, lookup });
      expect(second.error).toBe(
        'rebinding.example leads to a private address, and WEBHOOK_ALLOW_PRIVATE is not set.',
      );
      expect(connections).toBe(0);
    });

    it('is sent to none but the public ones of several addresses', async () => {
      const { lookup } = lookups([LOCAL, PUBLIC, { address: '::1', family: 6 }]);
      const { status } = await send('mixed.example', { allowPrivate: false, connectMs: 30, lookup });
      expect(status).toBeNull();
      expect(connections).toBe(0);
    });
  });
});
