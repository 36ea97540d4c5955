import type { IncomingMessage } from 'node:http';

const PLAIN_JSON = /^application\/json(?:; ?charset="?utf-?8"?)?$/i;

/** Whether a JSON body comes as devices send it: of a known length, not compressed. */
export function hasPlainBody({ headers }: IncomingMessage, limit: number): boolean {
  const length = Number(headers['content-length']);
  const type = headers['content-type'];
  return (
    length > 0 &&
    length <= limit &&
    headers['content-encoding'] === undefined &&
    (type === undefined || PLAIN_JSON.test(type))
  );
}

/** Hands over the first bytes of a body, which as a rule are all of it. */
export function readFirst(request: IncomingMessage, onBytes: (bytes: Buffer) => void): void {
  let isFirst = true;
  request.on('data', (chunk: Buffer) => {
    // A flag, since to remove the listener costs more than to call it once more.
    if (!isFirst) return;
    isFirst = false;
    onBytes(chunk);
  });
}

/** Undoes the reading, for somebody who begins to read within `then`. */
export function putBack(request: IncomingMessage, bytes: Buffer, then: () => void): void {
  request.removeAllListeners('data');
  request.pause();
  request.unshift(bytes);
  then();
  request.resume();
}
