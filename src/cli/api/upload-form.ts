import { randomUUID } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { CommandFailure } from './failure.js';

/** A file as the multipart body of an upload (RFC 7578), read from disk as it is sent. */
export interface UploadForm {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  /** Of the file, in bytes. */
  readonly fileSize: number;
  close(): Promise<void>;
}

/**
 * @param onProgress is told how many bytes of the file have been handed to the connection
 * @throws CommandFailure for a file that is missing, cannot be read or is none
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

/** As browsers write it: https://html.spec.whatwg.org/#multipart-form-data. */
const quoted = (name: string): string =>
  name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  ENOTDIR: 'there is no such file',
};

/** @throws CommandFailure for what is missing, may not be read or is no file */
export async function openFile(path: string): Promise<FileHandle> {
  try {
    // Before it is opened: to open a pipe would wait for somebody to write to it.
    if ((await stat(path)).isFile()) return await open(path, 'r');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`Cannot read ${path}: ${REASONS[code ?? ''] ?? message}.`);
  }
  throw new CommandFailure(`Cannot read ${path}: it is not a file.`);
}
