import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import type { FileHandle } from 'node:fs/promises';
import contentDisposition from 'content-disposition';
import type { DownloadableFile } from '../firmware/firmware.exports.js';
import { TransportError } from '../http/problem.js';
import { currentRequestId } from '../http/request-context.js';
import { requestedBytes, type ByteRange } from './byte-range.js';
import { ifRangeHolds, isNotModified, type Validators } from './conditional-request.js';
import { sendTurns } from '../http/send-turns.js';
import type { FirmwareDownload } from './download.service.js';

const MAX_AGE_SECONDS = 3600;
/** Four TLS records. */
const TLS_PIECE_BYTES = 64 * 1024;
const READ_AHEAD_BYTES = 256 * 1024;

export interface SendOptions {
  /** Signed URLs are for one device, so shared caches must not keep the answer. */
  readonly isSigned: boolean;
  /** Called once when the file is about to be sent from its first byte on. */
  readonly onStart: () => void;
}

/**
 * Answers GET or HEAD with the file or the part of it that is asked for, and lets go of it.
 * @see RFC 9110 §13.2.2 for the order of the questions
 * @returns a promise when it could not be handed to the kernel at once
 * @throws TransportError RANGE_NOT_SATISFIABLE
 */
export function sendFirmware(
  request: IncomingMessage,
  response: ServerResponse,
  download: FirmwareDownload,
  options: SendOptions,
): void | Promise<void> {
  // The client went away while the file was opened.
  if (response.destroyed) return download.letGo();
  let sending: void | Promise<void>;
  try {
    const range = sendHead(request, response, download, options);
    sending = range ? sendBytes(response, download, range) : undefined;
  } catch (error) {
    void download.letGo();
    throw error;
  }
  return sending ? sending.finally(() => download.letGo()) : download.letGo();
}

/** @returns the bytes that are to follow; null when the answer is complete */
function sendHead(
  request: IncomingMessage,
  response: ServerResponse,
  { firmware }: FirmwareDownload,
  { isSigned, onStart }: SendOptions,
): ByteRange | null {
  const { headers, method } = request;
  const size = firmware.fileSize;
  const { current, validators, description } = aboutFile(firmware);
  const conditions = {
    ifNoneMatch: headers['if-none-match'],
    ifModifiedSince: headers['if-modified-since'],
  };
  const caching = isSigned ? CACHED_BY_DEVICE : CACHED_BY_ALL;
  if (isNotModified(conditions, current)) {
    response.writeHead(304, [...requestIdHeader(), ...validators, ...caching]).end();
    return null;
  }

  // Range has no meaning for HEAD, RFC 9110 §14.2.
  const mayBePart = method === 'GET' && ifRangeHolds(headers['if-range'] as string | undefined, current);
  const wanted = requestedBytes(mayBePart ? headers.range : undefined, size);
  if (wanted.kind === 'unsatisfiable') {
    throw new TransportError(
      'RANGE_NOT_SATISFIABLE',
      `The file has ${size} bytes; the range begins past its end.`,
      { 'Content-Range': `bytes */${size}` },
    );
  }
  const isPart = wanted.kind === 'part';
  const range = isPart ? wanted : { start: 0, end: size - 1 };
  const about = [...requestIdHeader(), ...validators, ...caching];
  if (isPart) about.push('Content-Range', `bytes ${range.start}-${range.end}/${size}`);
  about.push('Content-Length', String(range.end - range.start + 1), ...description);
  response.writeHead(isPart ? 206 : 200, about);
  if (method === 'HEAD') {
    response.end();
    return null;
  }
  if (range.start === 0) onStart();
  return range;
}

/** Names and values in turn, which Node writes out as they are. */
type RawHeaders = readonly string[];

const MAX_AGE = `max-age=${MAX_AGE_SECONDS}`;
const CACHED_BY_ALL: RawHeaders = ['Cache-Control', `public, ${MAX_AGE}`];
const CACHED_BY_DEVICE: RawHeaders = ['Cache-Control', `private, ${MAX_AGE}`];

/** Who takes the request sets it, when the answer does not begin at once. */
function requestIdHeader(): RawHeaders {
  const id = currentRequestId();
  return id === undefined ? [] : ['X-Request-Id', id];
}

/** What an answer says of a firmware, whatever part of it is sent; written once. */
interface AboutFile {
  readonly current: Validators;
  readonly validators: RawHeaders;
  readonly description: RawHeaders;
}

const known = new WeakMap<DownloadableFile, AboutFile>();

function aboutFile(firmware: DownloadableFile): AboutFile {
  const present = known.get(firmware);
  if (present) return present;
  const etag = `"${firmware.fileHash}"`;
  const lastModified = firmware.publishedAt.toUTCString();
  const digest = Buffer.from(firmware.fileHash, 'hex').toString('base64');
  const about: AboutFile = {
    current: { etag, lastModified: firmware.publishedAt },
    validators: ['Accept-Ranges', 'bytes', 'ETag', etag, 'Last-Modified', lastModified],
    description: Object.entries({
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': dispositionOf(firmware.filename),
      'Repr-Digest': `sha-256=:${digest}:`,
      'X-Firmware-Version': printable(firmware.versionText),
      'X-Firmware-Build': String(firmware.build),
      'X-Firmware-Hash': firmware.fileHash,
    }).flat(),
  };
  known.set(firmware, about);
  return about;
}

/** In ASCII for clients that know nothing else, and as RFC 8187 writes it for the others. */
const dispositionOf = (filename: string): string =>
  contentDisposition(filename, { fallback: printable(filename) });

/** A row of the original system may hold any text; a header may not. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');

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
