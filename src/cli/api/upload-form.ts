import { randomUUID } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { CommandFailure } from './failure.js';

/** The multipart body of an upload (RFC 7578), read from disk while it is sent. */
export interface UploadForm {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  /** The size of the file in bytes. */
  readonly fileSize: number;
  close(): Promise<void>;
}

/**
 * @param onProgress is called with the number of bytes of the file that were passed to the connection
 * @throws CommandFailure if the path is missing, cannot be read or is not a file
 */
export async function openUploadForm(
  path: string,
  fields: Readonly<Record<string, string | undefined>>,
  onProgress: (sent: number) => void,
): Promise<UploadForm> {
  const file = await openFile(path);
  const { size } = await file.stat();
  const boundary = `ota-${randomUUID()}`;
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${partHead(boundary, `name="${name}"`)}\r\n${value}\r\n`],
  );
  const head = partHead(boundary, `name="file"; filename="${quoted(basename(path))}"`);
  const before = Buffer.from(`${given.join('')}${head}Content-Type: application/octet-stream\r\n\r\n`);
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    headers: {
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      'Content-Length': String(before.length + size + after.length),
    },
    body: Readable.from(bodyOf(file, before, after, onProgress), { objectMode: false }),
    fileSize: size,
    close: () => file.close(),
  };
}

async function* bodyOf(
  file: FileHandle,
  before: Buffer,
  after: Buffer,
  onProgress: (sent: number) => void,
): AsyncGenerator<Uint8Array> {
  yield before;
  let sent = 0;
  for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
    yield chunk;
    sent += chunk.length;
    onProgress(sent);
  }
  yield after;
}

const partHead = (boundary: string, disposition: string): string =>
  `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`;

/** Escapes a file name as browsers do: https://html.spec.whatwg.org/#multipart-form-data. */
const quoted = (name: string): string =>
  name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'no such file',
};

/** @throws CommandFailure if the path is missing, cannot be read or is not a file */
export async function openFile(path: string): Promise<FileHandle> {
  try {
    // Check the type before opening, because opening a pipe waits until something writes to it.
    if ((await stat(path)).isFile()) return await open(path, 'r');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`Cannot read ${path}: ${REASONS[code ?? ''] ?? message}.`);
  }
  throw new CommandFailure(`Cannot read ${path}: it is not a file.`);
}
