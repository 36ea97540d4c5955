import { connect } from 'node:tls';
import type { Handshake, Load, LoadRequest, LoadResult } from './load.js';
import { newTally, resultOf, runLoadOf, type Tally } from './load-order.js';
import { textOf } from './request-text.js';

/** Like the other load, in a process of its own; with a new TLS connection for each request. */
runLoadOf(run);

async function run({ url, connections, seconds, requests, handshake = 'full' }: Load): Promise<LoadResult> {
  const tally = newTally();
  const begun = performance.now();
  const until = begun + seconds * 1000;
  const target = new URL(url);
  await Promise.all(
    Array.from({ length: connections }, (_, index) =>
      loop(target, requests[index % requests.length], handshake, until, tally),
    ),
  );
  return resultOf(tally, (performance.now() - begun) / 1000);
}

async function loop(
  target: URL,
  request: LoadRequest | undefined,
  handshake: Handshake,
  until: number,
  tally: Tally,
): Promise<void> {
  const text = textOf(request ?? { method: 'GET', path: '/' }, 'close');
  // The first one has no session to resume yet, so it does not count.
  let session = handshake === 'resumed' ? (await ask(target, text)).session : undefined;
  while (performance.now() < until) {
    const begun = performance.now();
    const answer = await ask(target, text, session);
    tally.latencies.push(performance.now() - begun);
    tally.bytes += answer.bytes;
    if (!answer.isGood || answer.isResumed !== (handshake === 'resumed')) tally.failures += 1;
    if (handshake === 'resumed') session = answer.session ?? session;
  }
}

interface Answer {
  readonly isGood: boolean;
  readonly isResumed: boolean;
  readonly bytes: number;
  readonly session: Buffer | undefined;
}

function ask({ hostname, port }: URL, text: string, session?: Buffer): Promise<Answer> {
  return new Promise((resolve) => {
    // The certificate is the bench's own.
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false, session });
    let newest: Buffer | undefined;
    let answer = '';
    let isResumed = false;
    socket.once('secureConnect', () => (isResumed = socket.isSessionReused()));
    socket.on('session', (ticket) => (newest = ticket));
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      resolve({
        isGood: answer.startsWith('HTTP/1.1 200'),
        isResumed,
        bytes: answer.length,
        session: newest,
      });
    });
    socket.write(text);
  });
}
