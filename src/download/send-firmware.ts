import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import type { FileHandle } from 'node:fs/promises';
import { endInOneWrite } from '../http/end-in-one-write.js';
import { TransportError } from '../http/problem.js';
import { currentRequestId } from '../http/request-context.js';
import { requestedBytes, type ByteRange } from './byte-range.js';
import { ifRangeHolds, isNotModified } from './conditional-request.js';
import { CACHED_BY_ALL, CACHED_BY_CLIENT, headersOf, type RawHeaders } from './file-headers.js';
import { sendTurns } from '../http/send-turns.js';
import type { FirmwareDownload } from './download.service.js';

/** Four TLS records. */
const TLS_PIECE_BYTES = 64 * 1024;
/** Room for as much and its headers is on Node's stack, which costs less than a list of buffers. */
const SHORT_PART_BYTES = 8 * 1024;
const READ_AHEAD_BYTES = 256 * 1024;

/**
 * Answers GET or HEAD with the file or the part of it that is asked for, and lets go of it.
 * @param onStart called once when the file is about to be sent from its first byte on
 * @see RFC 9110 §13.2.2 for the order of the questions
 * @returns a promise when it could not be handed to the kernel at once
 * @throws TransportError RANGE_NOT_SATISFIABLE
 */
export function sendFirmware(
  request: IncomingMessage,
  response: ServerResponse,
  download: FirmwareDownload,
  onStart: () => void,
): void | Promise<void> {
  // The client went away while the file was opened.
  if (response.destroyed) return download.letGo();
  let sending: void | Promise<void>;
  try {
    const range = sendHead(request, response, download, onStart);
    sending = range ? sendBytes(response, download, range) : undefined;
  } catch (error) {
    void download.letGo();
    throw error;
  }
  return sending ? sending.finally(() => download.letGo()) : download.letGo();
}

/** @returns the bytes that are to follow; null when the answer is complete */
function sendHead(
  { headers, method }: IncomingMessage,
  response: ServerResponse,
  { firmware, isPrivate }: FirmwareDownload,
  onStart: () => void,
): ByteRange | null {
  const { current, etag, validators, description } = headersOf(firmware);
  const always = [...requestIdHeader(), ...(isPrivate ? CACHED_BY_CLIENT : CACHED_BY_ALL)];
  if (isNotModified(headers, current)) {
    response.writeHead(304, [...always, ...validators]).end();
    return null;
  }

  // Range has no meaning for HEAD, RFC 9110 §14.2.
  const mayBePart = method === 'GET' && ifRangeHolds(headers['if-range'] as string | undefined, current);
  const size = firmware.fileSize;
  const wanted = requestedBytes(mayBePart ? headers.range : undefined, size);
  if (wanted.kind === 'unsatisfiable') {
    throw new TransportError(
      'RANGE_NOT_SATISFIABLE',
      `The file has ${size} bytes; the range begins past its end.`,
      { 'Content-Range': `bytes */${size}` },
    );
  }
  const isPart = wanted.kind === 'part';
  const { start, end } = isPart ? wanted : { start: 0, end: size - 1 };
  always.push('Content-Length', String(end - start + 1));
  if (isPart) always.push('Content-Range', `bytes ${start}-${end}/${size}`);
  // A device makes hundreds of requests for the later parts of a file, and has read all about it with the first.
  const about = start > 0 ? etag : [...validators, ...description];
  response.writeHead(isPart ? 206 : 200, [...always, ...about]);
  if (method === 'HEAD') {
    response.end();
    return null;
  }
  if (start === 0) onStart();
  return { start, end };
}

/** The request's id, as long as the answer begins at once; otherwise it is set already. */
function requestIdHeader(): RawHeaders {
  const id = currentRequestId();
  return id === undefined ? [] : ['X-Request-Id', id];
}

function sendBytes(
  response: ServerResponse,
  { content }: FirmwareDownload,
  range: ByteRange,
): void | Promise<void> {
  if (!Buffer.isBuffer(content)) return sendFile(response, content, range);
  const part = content.subarray(range.start, range.end + 1);
  const turn = sendTurns.take(part.length);
  return turn ? turn.then(() => sendFromMemory(response, part)) : sendFromMemory(response, part);
}

/** @returns a promise while something is not out yet: it is lent until the last byte is, or the client gone */
function sendFromMemory(response: ServerResponse, part: Buffer): void | Promise<void> {
  // The client went away while it waited for its turn.
  if (response.destroyed) return;
  if (part.length <= SHORT_PART_BYTES) {
    // Latin-1 has one character for each byte. The text is a copy, so nothing is lent.
    endInOneWrite(response, part.toString('latin1'), 'latin1');
    return;
  }
  if (isEncrypted(response) && part.length > TLS_PIECE_BYTES) return sendPieces(response, part);
  const { socket } = response;
  response.end(part);
  if (socket?.writableLength === 0) return;
  return new Promise((resolve) => response.once('close', resolve));
}

async function sendFile(response: ServerResponse, content: FileHandle, range: ByteRange): Promise<void> {
  const bytes = content.createReadStream({ ...range, highWaterMark: READ_AHEAD_BYTES, autoClose: false });
  try {
    await pipeline(bytes, response, { end: false });
  } catch (error) {
    // The client went away, which is its right, or the disk failed, which must not look like a whole answer.
    response.destroy();
    if (isClientGone(error)) return;
    throw error;
  }
  const isWhole = bytes.bytesRead === range.end - range.start + 1;
  if (isWhole) response.end();
  else response.destroy();
}

/** Of the request: an answer has the connection only when its turn comes. */
const isEncrypted = ({ req }: ServerResponse): boolean =>
  (req.socket as Partial<TLSSocket>).encrypted === true;

/** TLS encrypts at once what it is given: an image as a whole would be copied for each slow reader. */
async function sendPieces(response: ServerResponse, part: Buffer): Promise<void> {
  const pieces = function* (): Generator<Buffer> {
    for (let at = 0; at < part.length; at += TLS_PIECE_BYTES) yield part.subarray(at, at + TLS_PIECE_BYTES);
  };
  try {
    await pipeline(Readable.from(pieces()), response);
  } catch (error) {
    response.destroy();
    if (!isClientGone(error)) throw error;
  }
}

function isClientGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED'].includes(code ?? '');
}
