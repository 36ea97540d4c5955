import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Load, LoadResult } from './load.js';
import { newTally, resultOf, runLoadOf, type Tally } from './load-order.js';
import { textOf } from './request-text.js';

/**
 * A load that costs little itself, where it shares the cores with the server: it writes texts that are made before, and
 * reads of an answer no more than its status and its length.
 */
runLoadOf(run);

async function run({ url, otherUrls = [], connections, seconds, requests }: Load): Promise<LoadResult> {
  const targets = [url, ...otherUrls].map((one) => new URL(one));
  const texts = requests.map((request) => Buffer.from(textOf(request, 'keep-alive')));
  const tally = newTally();
  const sockets = Array.from({ length: connections }, (_, index) => {
    const { hostname = '', port } = targets[index % targets.length] ?? {};
    return connect(Number(port), hostname);
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const begun = performance.now();
  const until = begun + seconds * 1000;
  await Promise.all(
    sockets.map((socket, mine) => {
      const ownTexts = texts.filter((_, index) => index % connections === mine);
      return converse(socket, ownTexts, until, tally);
    }),
  );
  return resultOf(tally, (performance.now() - begun) / 1000);
}

/** Sends the texts one after the other, again and again, each after the answer to the one before. */
function converse(socket: Socket, texts: readonly Buffer[], until: number, tally: Tally): Promise<void> {
  let next = 0;
  let missing = 0;
  let asked = 0;
  const ask = (): void => {
    asked = performance.now();
    socket.write(texts[next++ % texts.length] ?? '');
  };
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    if (missing === 0) {
      const head = chunk.toString('latin1', 0, chunk.indexOf('\r\n\r\n') + 4);
      if (!head.startsWith('HTTP/1.1 2')) tally.failures += 1;
      missing = head.length + Number(/^content-length: (\d+)/im.exec(head)?.[1]);
    }
    missing -= chunk.length;
    tally.bytes += chunk.length;
    if (missing > 0) return;
    const now = performance.now();
    tally.latencies.push(now - asked);
    if (now < until) ask();
    else socket.destroy();
  });
  socket.on('error', () => {
    tally.failures += 1;
  });
  ask();
  return new Promise((resolve) => socket.once('close', resolve));
}
