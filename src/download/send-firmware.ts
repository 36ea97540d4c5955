import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import contentDisposition from 'content-disposition';
import type { DownloadableFile } from '../firmware/firmware.exports.js';
import { TransportError } from '../http/problem.js';
import { requestedBytes, type ByteRange } from './byte-range.js';
import { ifRangeHolds, isNotModified, type Validators } from './conditional-request.js';
import { SendTurns } from './send-turns.js';
import type { FirmwareDownload } from './download.service.js';

const MAX_AGE_SECONDS = 3600;
/** A millisecond or two of work. */
const turns = new SendTurns(1024 * 1024);
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
 * @throws TransportError RANGE_NOT_SATISFIABLE
 */
export async function sendFirmware(
  request: IncomingMessage,
  response: ServerResponse,
  download: FirmwareDownload,
  options: SendOptions,
): Promise<void> {
  try {
    await answer(request, response, download, options);
  } finally {
    await download.letGo();
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  download: FirmwareDownload,
  { isSigned, onStart }: SendOptions,
): Promise<void> {
  const { headers, method } = request;
  const size = download.firmware.fileSize;
  const { current, lastModified, description } = aboutFile(download.firmware);
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('ETag', current.etag);
  response.setHeader('Last-Modified', lastModified);
  const caching = `${isSigned ? 'private' : 'public'}, max-age=${MAX_AGE_SECONDS}`;
  const conditions = {
    ifNoneMatch: headers['if-none-match'],
    ifModifiedSince: headers['if-modified-since'],
  };
  if (isNotModified(conditions, current)) {
    response.writeHead(304, { 'Cache-Control': caching }).end();
    return;
  }

  // Range has no meaning for HEAD, RFC 9110 §14.2.
  const mayBePart = method === 'GET' && ifRangeHolds(headers['if-range'] as string | undefined, current);
  const wanted = requestedBytes(mayBePart ? headers.range : undefined, size);
  if (wanted.kind === 'unsatisfiable') {
    throw new TransportError(
      'RANGE_NOT_SATISFIABLE',
      `The file has ${size} bytes; the range begins past its end.`,
      {
        'Content-Range': `bytes */${size}`,
      },
    );
  }
  const isPart = wanted.kind === 'part';
  const range = isPart ? wanted : { start: 0, end: size - 1 };
  response.writeHead(isPart ? 206 : 200, {
    'Cache-Control': caching,
    ...(isPart && { 'Content-Range': `bytes ${range.start}-${range.end}/${size}` }),
    'Content-Length': range.end - range.start + 1,
    ...description,
  });
  if (method === 'HEAD') {
    response.end();
    return;
  }
  if (range.start === 0) onStart();
  await sendBytes(response, download, range);
}

/** What an answer says of a firmware, whatever part of it is sent; written once. */
interface AboutFile {
  readonly current: Validators;
  readonly lastModified: string;
  readonly description: Readonly<Record<string, string>>;
}

const known = new WeakMap<DownloadableFile, AboutFile>();

function aboutFile(firmware: DownloadableFile): AboutFile {
  const present = known.get(firmware);
  if (present) return present;
  const about = {
    current: { etag: `"${firmware.fileHash}"`, lastModified: firmware.publishedAt },
    lastModified: firmware.publishedAt.toUTCString(),
    description: {
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': dispositionOf(firmware.filename),
      'Repr-Digest': `sha-256=:${Buffer.from(firmware.fileHash, 'hex').toString('base64')}:`,
      'X-Firmware-Version': printable(firmware.versionText),
      'X-Firmware-Build': String(firmware.build),
      'X-Firmware-Hash': firmware.fileHash,
    },
  };
  known.set(firmware, about);
  return about;
}

/** In ASCII for clients that know nothing else, and as RFC 8187 writes it for the others. */
const dispositionOf = (filename: string): string =>
  contentDisposition(filename, { fallback: printable(filename) });

/** A row of the original system may hold any text; a header may not. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');

async function sendBytes(
  response: ServerResponse,
  { content }: FirmwareDownload,
  range: ByteRange,
): Promise<void> {
  if (Buffer.isBuffer(content)) {
    const part = content.subarray(range.start, range.end + 1);
    const turn = turns.take(part.length);
    if (turn) await turn;
    if (isEncrypted(response)) {
      await sendPieces(response, part);
      return;
    }
    response.end(part);
    // Lent until the last byte is out, or the client gone.
    if (!response.closed) await new Promise((resolve) => response.once('close', resolve));
    return;
  }
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

const isEncrypted = ({ socket }: ServerResponse): boolean =>
  (socket as Partial<TLSSocket> | null)?.encrypted === true;

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
