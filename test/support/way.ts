import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a PostgreSQL server, on which what networks and poolers do can be done. */
export interface Way {
  /** The URL of the server, by this way. */
  readonly url: string;
  /** From now on nothing passes on the connections that stand, and nobody is told; new ones are fine. */
  freeze(): void;
  /** From now on everything takes so long in each direction; 0: no longer. */
  delay(milliseconds: number): void;
  /** Connections that stand. */
  readonly connections: number;
  close(): Promise<void>;
}

export interface WayOptions {
  /** Notifications do not arrive, as through a pooler in transaction mode. */
  readonly losesNotifications?: boolean;
  /** A connection to the server stays when its client ends, as through a pooler. */
  readonly keepsSessions?: boolean;
}

const NOTIFICATION = 'A'.charCodeAt(0);
const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);

export async function startWay(serverUrl: string, options: WayOptions = {}): Promise<Way> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let pairs: { isFrozen: boolean }[] = [];
  let delayMs = 0;
  /** Timers of one length end in their order. */
  const later = (pass: () => void): void => {
    if (delayMs === 0) pass();
    else setTimeout(pass, delayMs);
  };
  const listener = createServer((client) => {
    const pair = { isFrozen: false };
    pairs.push(pair);
    const server = connect(Number(port), hostname);
    const filter = options.losesNotifications === true ? withoutNotifications() : (bytes: Buffer) => bytes;
    client.on('data', (bytes: Buffer) => {
      const isEnd = options.keepsSessions === true && bytes.equals(TERMINATE);
      if (isEnd) client.end();
      else if (!pair.isFrozen) later(() => server.write(bytes));
    });
    server.on('data', (bytes: Buffer) => {
      if (!pair.isFrozen) later(() => client.write(filter(bytes)));
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        pairs = pairs.filter((standing) => standing !== pair);
        if (one === server || options.keepsSessions !== true) other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return {
    url: url.href,
    freeze: () => {
      for (const pair of pairs) pair.isFrozen = true;
    },
    delay: (milliseconds) => {
      delayMs = milliseconds;
    },
    get connections() {
      return pairs.length;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}

/** Takes the server's bytes apart into messages (a letter, then a length that counts itself) and drops notifications. */
function withoutNotifications(): (bytes: Buffer) => Buffer {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const passed: Buffer[] = [];
    while (rest.length >= 5 && rest.length >= 1 + rest.readUInt32BE(1)) {
      const length = 1 + rest.readUInt32BE(1);
      if (rest[0] !== NOTIFICATION) passed.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    return Buffer.concat(passed);
  };
}
