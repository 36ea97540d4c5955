import { readFile } from '../domain/esp-image/file-reader.js';
import type { FileReading } from '../domain/esp-image/esp-image.js';
import { recordOf } from '../domain/image-rules.js';
import { isOrdered } from '../domain/image-version.js';
import { openFile } from './api/upload-form.js';

/**
 * Reads a local file as the server reads an upload.
 * @throws CommandFailure if the path is missing, cannot be read or is not a file
 */
export async function readImageFile(path: string): Promise<FileReading> {
  const file = await openFile(path);
  try {
    return await readFile((length) => {
      if (length === 0) return [];
      const end = length === undefined ? {} : { end: length - 1 };
      return file.createReadStream({ autoClose: false, start: 0, ...end }) as AsyncIterable<Buffer>;
    });
  } finally {
    await file.close();
  }
}

/** The warnings that an upload of this file would return; none if it would be refused. */
export function warningsOf({ verdict }: FileReading): readonly string[] {
  return verdict.kind === 'refused' ? [] : recordOf(verdict).warnings;
}

/** Warns of a version that cannot be ordered. The server can warn only once it knows the published version. */
export function orderWarningsOf({ verdict }: FileReading): readonly string[] {
  if (verdict.kind !== 'application' || isOrdered(verdict.image)) return [];
  return [
    `The version in the image, "${verdict.image.app.version}", cannot be ordered: a device that runs it could not be ` +
      'offered any update again. The server refuses it unless --allow-unparsable-version is given.',
  ];
}
