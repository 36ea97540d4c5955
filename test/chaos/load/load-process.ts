import { connect, type Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { newEnrollmentKey } from '../../../src/domain/enrollment-key.js';
import { getRequest, jsonRequest } from '../../support/raw-http.js';
import { LOAD_DEVICES, type LoadKind, type LoadOrder, type LoadOutcome } from './orders.js';

/**
 * Load in a process of its own, so that what it costs is not taken for the server's. Fleets have processors of their own,
 * so it yields those of this machine to the server, its database and the healthy device.
 */
setPriority(constants.priority.PRIORITY_LOW);
process.once('message', (order: LoadOrder) => {
  void make(order).then((outcome) => {
    process.send?.(outcome, () => process.exit(0));
  });
});

const PIPELINED: Readonly<Record<LoadKind, number>> = {
  'mixed connections': 1,
  checks: 8,
  reports: 8,
  logins: 2,
  enrolments: 4,
  documents: 50,
};
const CONNECTED_AT_ONCE = 200;
/** Those that are closed at the same moment. */
const CLOSED_AT_ONCE = 50;
/** A device that behaves well checks so often. */
const CHECK_EVERY_MS = 10_000;
/** A slow client sends a byte so often. */
const BYTE_EVERY_MS = 1_000;
/** As long as a status line up to its status, but for one: it is counted when it is whole. */
const REST = 'HTTP/1.1 200'.length - 1;

/** It looks like one of the server's. */
const WRONG_KEY = newEnrollmentKey();

const statuses: Record<string, number> = {};
let [open, most, lastDevice, key] = [0, 0, 0, ''];

async function make({
  url,
  kind,
  connections,
  perSecond = Infinity,
  seconds,
  enrollKey,
}: LoadOrder): Promise<LoadOutcome> {
  key = enrollKey;
  const sockets: Socket[] = [];
  const begun = performance.now();
  /** So that connections are made, and closed, no faster than they are to be. */
  const isDue = (count: number, since: number): Promise<void> =>
    sleep(Math.max(0, since + (count / perSecond) * 1000 - performance.now()));
  while (sockets.length < connections) {
    await isDue(sockets.length, begun);
    const first = sockets.length;
    const count = Math.min(CONNECTED_AT_ONCE, perSecond / 10, connections - first);
    sockets.push(
      ...(await Promise.all(Array.from({ length: count }, (_, n) => connectFrom(url, first + n)))),
    );
    for (const [n, socket] of sockets.slice(first).entries()) {
      if (kind === 'mixed connections') behave(socket, first + n);
      else flood(socket, kind);
    }
  }
  await sleep(seconds * 1000);
  const closing = performance.now();
  for (const [n, socket] of sockets.entries()) {
    if (n % CLOSED_AT_ONCE === 0) await isDue(n, closing);
    socket.destroy();
  }
  return { open: most, statuses };
}

/** From one of many addresses, as fleets come from several networks. */
function connectFrom(url: string, n: number): Promise<Socket> {
  const { port, hostname: host } = new URL(url);
  const localAddress = `127.0.${1 + (n % 50)}.${1 + (Math.floor(n / 50) % 200)}`;
  const socket = connect({ port: Number(port), host, localAddress });
  return new Promise((resolve) => {
    socket.on('error', () => resolve(socket));
    socket.once('connect', () => {
      most = Math.max(most, (open += 1));
      socket.once('close', () => (open -= 1));
      resolve(socket);
    });
  });
}

/** Half of the connections are of devices that check now and then; the others are silent or slow. */
function behave(socket: Socket, n: number): void {
  if (n % 2 === 0) {
    count(socket);
    const check = (): void => {
      if (!socket.destroyed) socket.write(requestOf('checks'));
    };
    setTimeout(() => {
      check();
      setInterval(check, CHECK_EVERY_MS);
    }, Math.random() * CHECK_EVERY_MS);
  } else {
    socket.resume();
    if (n % 4 === 1) drip(socket, requestOf(n % 8 === 1 ? 'reports' : 'checks'), n % 3 === 0);
  }
}

/** Sends the head, or all but the body, at once, and the rest byte by byte. */
function drip(socket: Socket, request: string, isHeadWhole: boolean): void {
  let at = isHeadWhole ? request.indexOf('\r\n\r\n') + 4 : 10;
  socket.write(request.slice(0, at));
  const dripping = setInterval(() => {
    if (socket.destroyed || at === request.length) clearInterval(dripping);
    else socket.write(request.charAt(at++));
  }, BYTE_EVERY_MS);
}

/** As fast as it is answered, many at once. */
function flood(socket: Socket, kind: LoadKind): void {
  const batch = (): void => {
    if (socket.destroyed) return;
    socket.write(Array.from({ length: PIPELINED[kind] }, () => requestOf(kind)).join(''));
  };
  count(socket, PIPELINED[kind], batch);
  batch();
}

/** Counts answers by their status. @param onBatch called after each so many */
function count(socket: Socket, every = 1, onBatch: () => void = () => undefined): void {
  let [rest, answers] = ['', 0];
  socket.on('data', (chunk: Buffer) => {
    const text = rest + chunk.toString('latin1');
    rest = text.slice(-REST);
    for (const [, status = ''] of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (++answers % every === 0) onBatch();
    }
  });
}

function requestOf(kind: LoadKind): string {
  lastDevice = (lastDevice + 1) % LOAD_DEVICES;
  const device_id = 100_000 + lastDevice;
  switch (kind) {
    case 'reports':
      return jsonRequest('/api/ota/status', { device_id, firmware_id: 1, status: 'downloading' });
    case 'logins':
      return jsonRequest('/api/auth/login', {
        username: `nobody ${lastDevice % 50}`,
        password: 'a wrong password',
      });
    case 'enrolments':
      return jsonRequest('/api/ota/devices/enroll', { device_id, device_type: 'sensor' }, [
        `Authorization: Bearer ${lastDevice % 2 === 0 ? key : WRONG_KEY}`,
      ]);
    case 'documents':
      return getRequest('/docs/openapi.json');
    default:
      return jsonRequest('/api/ota/check', {
        device_id,
        device_type: 'sensor',
        current_version: '1.0.0',
        current_build: 1,
      });
  }
}
