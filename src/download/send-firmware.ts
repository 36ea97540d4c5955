import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import { requestedBytes, type ByteRange } from '../domain/byte-range.js';
import { endInOneWrite } from '../http/end-in-one-write.js';
import { TransportError } from '../http/problem.js';
import { currentRequestId } from '../http/request-context.js';
import { sendTurns } from '../http/send-turns.js';
import { ifRangeHolds, isNotModified } from './conditional-request.js';
import type { FirmwareDownload } from './download.service.js';
import { CACHED_BY_ALL, CACHED_BY_CLIENT, headersOf, type RawHeaders } from './file-headers.js';

/** Four TLS records. */
const TLS_PIECE_BYTES = 64 * 1024;
/** Room for as much and its headers is on Node's stack, which costs less than a list of buffers. */
const SHORT_PART_BYTES = 8 * 1024;

/** What is to be answered, before anything is written. */
interface Plan {
  readonly status: 200 | 206 | 304 | 416;
  /** Of the file, in bytes. */
  readonly range: ByteRange;
  readonly hasBody: boolean;
}

/**
 * Answers GET or HEAD with the file or the part of it that is asked for, and releases it when it is sent or the client is
 * gone.
 * @param onStart called once when the file is about to be sent from its first byte on
 * @throws TransportError RANGE_NOT_SATISFIABLE
 * @throws DomainError STORE_UNAVAILABLE
 */
export async function sendFirmware(
  request: IncomingMessage,
  response: ServerResponse,
  download: FirmwareDownload,
  onStart: () => void,
): Promise<void> {
  try {
    // The client went away while the file was opened.
    if (response.destroyed) return;
    const plan = planAnswer(request, download);
    if (!plan.hasBody) {
      sendHead(response, download, plan);
      response.end();
      return;
    }
    const { content } = download;
    const bytes = Buffer.isBuffer(content) ? partOf(content, plan.range) : await content(plan.range);
    sendHead(response, download, plan);
    if (plan.range.start === 0) onStart();
    await (Buffer.isBuffer(bytes) ? sendFromMemory(response, bytes) : sendStream(response, bytes));
  } finally {
    download.release();
  }
}

/** The order of the questions is that of RFC 9110 §13.2.2. */
function planAnswer({ headers, method }: IncomingMessage, { firmware }: FirmwareDownload): Plan {
  const { current } = headersOf(firmware);
  const whole = { start: 0, end: firmware.fileSize - 1 };
  if (isNotModified(headers, current)) return { status: 304, range: whole, hasBody: false };
  // Range has no meaning for HEAD, RFC 9110 §14.2.
  if (method !== 'GET') return { status: 200, range: whole, hasBody: false };
  const mayBePart = ifRangeHolds(headers['if-range'] as string | undefined, current);
  const wanted = requestedBytes(mayBePart ? headers.range : undefined, firmware.fileSize);
  if (wanted.kind === 'unsatisfiable') return { status: 416, range: whole, hasBody: false };
  if (wanted.kind === 'whole') return { status: 200, range: whole, hasBody: true };
  return { status: 206, range: wanted, hasBody: true };
}

/** @throws TransportError RANGE_NOT_SATISFIABLE */
function sendHead(
  response: ServerResponse,
  { firmware, isPrivate }: FirmwareDownload,
  { status, range: { start, end } }: Plan,
): void {
  const { etag, validators, description } = headersOf(firmware);
  const size = firmware.fileSize;
  if (status === 416) {
    throw new TransportError(
      'RANGE_NOT_SATISFIABLE',
      `The file has ${size} bytes; the range begins past its end.`,
      { 'Content-Range': `bytes */${size}` },
    );
  }
  const headers = [...requestIdHeader(), ...(isPrivate ? CACHED_BY_CLIENT : CACHED_BY_ALL)];
  if (status !== 304) headers.push('Content-Length', String(end - start + 1));
  if (status === 206) headers.push('Content-Range', `bytes ${start}-${end}/${size}`);
  headers.push(...(start > 0 ? etag : validators));
  // A device makes hundreds of requests for the later parts of a file, and has read all about it with the first.
  if (status !== 304 && start === 0) headers.push(...description);
  response.writeHead(status, headers);
}

/** The request's id, as long as the answer begins at once; otherwise it is set already. */
function requestIdHeader(): RawHeaders {
  const id = currentRequestId();
  return id === undefined ? [] : ['X-Request-Id', id];
}

const partOf = (bytes: Buffer, { start, end }: ByteRange): Buffer => bytes.subarray(start, end + 1);

/** It is sent when it is out to its last byte, or the client is gone. */
async function sendFromMemory(response: ServerResponse, part: Buffer): Promise<void> {
  await sendTurns.take(part.length);
  // The client went away while it waited for its turn.
  if (response.destroyed) return;
  if (part.length <= SHORT_PART_BYTES) {
    // Latin-1 has one character for each byte. The text is a copy of them.
    endInOneWrite(response, part.toString('latin1'), 'latin1');
  } else if (isEncrypted(response) && part.length > TLS_PIECE_BYTES) {
    await sendStream(response, Readable.from(piecesOf(part)));
  } else {
    const { socket } = response;
    response.end(part);
    if (socket?.writableLength !== 0) await new Promise((resolve) => response.once('close', resolve));
  }
}

async function sendStream(response: ServerResponse, bytes: Readable): Promise<void> {
  try {
    await pipeline(bytes, response);
  } catch (error) {
    // The client went away, which is its right, or the store failed, which must not look like a whole answer.
    response.destroy();
    if (!isClientGone(error)) throw error;
  }
}

/** TLS encrypts at once what it is given: an image as a whole would be copied for each slow reader. */
function* piecesOf(part: Buffer): Generator<Buffer> {
  for (let at = 0; at < part.length; at += TLS_PIECE_BYTES) yield part.subarray(at, at + TLS_PIECE_BYTES);
}

/** Of the request: an answer has the connection only when its turn comes. */
const isEncrypted = ({ req }: ServerResponse): boolean =>
  (req.socket as Partial<TLSSocket>).encrypted === true;

function isClientGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED'].includes(code ?? '');
}
