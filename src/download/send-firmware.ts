import { pipeline } from 'node:stream/promises';
import contentDisposition from 'content-disposition';
import type { Request, Response } from 'express';
import { TransportError } from '../http/problem.js';
import { requestedBytes, type ByteRange } from './byte-range.js';
import { ifRangeHolds, isNotModified, type Validators } from './conditional-request.js';
import type { FirmwareDownload } from './download.service.js';

const MAX_AGE_SECONDS = 3600;
const READ_AHEAD_BYTES = 256 * 1024;

export interface SendOptions {
  /** Signed URLs are for one device, so shared caches must not keep the answer. */
  readonly isSigned: boolean;
  /** Called once when the file is about to be sent from its first byte on. */
  readonly onStart: () => void;
}

/**
 * Answers GET or HEAD with the file or the part of it that is asked for, and closes the file.
 * @see RFC 9110 §13.2.2 for the order of the questions
 * @throws TransportError RANGE_NOT_SATISFIABLE
 */
export async function sendFirmware(
  request: Request,
  response: Response,
  download: FirmwareDownload,
  options: SendOptions,
): Promise<void> {
  try {
    await answer(request, response, download, options);
  } finally {
    await download.handle.close().catch(() => undefined);
  }
}

async function answer(
  request: Request,
  response: Response,
  download: FirmwareDownload,
  { isSigned, onStart }: SendOptions,
): Promise<void> {
  const { firmware, size } = download;
  const current: Validators = { etag: `"${firmware.fileHash}"`, lastModified: firmware.publishedAt };
  response.set({
    'Accept-Ranges': 'bytes',
    ETag: current.etag,
    'Last-Modified': current.lastModified.toUTCString(),
    'Cache-Control': `${isSigned ? 'private' : 'public'}, max-age=${MAX_AGE_SECONDS}`,
  });
  const conditions = {
    ifNoneMatch: request.get('if-none-match'),
    ifModifiedSince: request.get('if-modified-since'),
  };
  if (isNotModified(conditions, current)) {
    response.status(304).end();
    return;
  }

  // Range has no meaning for HEAD, RFC 9110 §14.2.
  const mayBePart = request.method === 'GET' && ifRangeHolds(request.get('if-range'), current);
  const wanted = requestedBytes(mayBePart ? request.get('range') : undefined, size);
  if (wanted.kind === 'unsatisfiable') {
    response.removeHeader('Cache-Control');
    throw new TransportError(
      'RANGE_NOT_SATISFIABLE',
      `The file has ${size} bytes; the range begins past its end.`,
      {
        'Content-Range': `bytes */${size}`,
      },
    );
  }
  const range = wanted.kind === 'part' ? wanted : { start: 0, end: size - 1 };
  if (wanted.kind === 'part') {
    response.status(206).set('Content-Range', `bytes ${range.start}-${range.end}/${size}`);
  }
  response.set(descriptionOf(download, range));
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  if (range.start === 0) onStart();
  await sendBytes(response, download, range);
}

function descriptionOf({ firmware }: FirmwareDownload, range: ByteRange): Record<string, string> {
  return {
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(range.end - range.start + 1),
    'Content-Disposition': dispositionOf(firmware.filename),
    'Repr-Digest': `sha-256=:${Buffer.from(firmware.fileHash, 'hex').toString('base64')}:`,
    'X-Firmware-Version': printable(firmware.versionText),
    'X-Firmware-Build': String(firmware.build),
    'X-Firmware-Hash': firmware.fileHash,
  };
}

/** In ASCII for clients that know nothing else, and as RFC 8187 writes it for the others. */
const dispositionOf = (filename: string): string =>
  contentDisposition(filename, { fallback: printable(filename) });

/** A row of the original system may hold any text; a header may not. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');

async function sendBytes(response: Response, { handle }: FirmwareDownload, range: ByteRange): Promise<void> {
  const bytes = handle.createReadStream({ ...range, highWaterMark: READ_AHEAD_BYTES, autoClose: false });
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

function isClientGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED'].includes(code ?? '');
}
