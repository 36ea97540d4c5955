import contentDisposition from 'content-disposition';
import type { DownloadableFile } from '../releases/releases.exports.js';
import type { Validators } from './conditional-request.js';

/** Names and values in turn, which Node writes out as they are. */
export type RawHeaders = readonly string[];

/** What answers say of a firmware, written once for all of them. */
export interface FileHeaders {
  readonly current: Validators;
  readonly etag: RawHeaders;
  readonly validators: RawHeaders;
  readonly description: RawHeaders;
}

/** Short, so that shared caches do not go on to serve a firmware that was withdrawn. */
const FRESH = 'max-age=60, must-revalidate, no-transform';
export const CACHED_BY_ALL: RawHeaders = ['Cache-Control', `public, ${FRESH}`];
export const CACHED_BY_CLIENT: RawHeaders = ['Cache-Control', `private, ${FRESH}`];

const known = new WeakMap<DownloadableFile, FileHeaders>();

export function headersOf(firmware: DownloadableFile): FileHeaders {
  const present = known.get(firmware);
  if (present) return present;
  const headers = write(firmware);
  known.set(firmware, headers);
  return headers;
}

function write(firmware: DownloadableFile): FileHeaders {
  const etag = `"${firmware.fileHash}"`;
  const digest = Buffer.from(firmware.fileHash, 'hex').toString('base64');
  return {
    current: { etag, lastModified: firmware.publishedAt },
    etag: ['ETag', etag],
    validators: [
      ...['Accept-Ranges', 'bytes'],
      ...['ETag', etag],
      ...['Last-Modified', firmware.publishedAt.toUTCString()],
    ],
    description: Object.entries({
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': dispositionOf(firmware.filename),
      'Repr-Digest': `sha-256=:${digest}:`,
      'X-Firmware-Version': printable(firmware.versionText),
      'X-Firmware-Build': String(firmware.build),
      'X-Firmware-Hash': firmware.fileHash,
    }).flat(),
  };
}

/** In ASCII for clients that know nothing else, and as RFC 8187 writes it for the others. */
const dispositionOf = (filename: string): string =>
  contentDisposition(filename, { fallback: printable(filename) });

/** A row of the original system may hold any text; a header may not. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');
