import type { FileReading } from '../../src/domain/esp-image/esp-image.js';
import { readFile } from '../../src/domain/esp-image/file-reader.js';

/** Reads bytes as the server reads a file, in pieces of this length. */
export function readBytes(bytes: Buffer, pieceLength = 65_536): Promise<FileReading> {
  return readFile((length = bytes.length) => pieces(bytes.subarray(0, length), pieceLength));
}

function* pieces(bytes: Buffer, length: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** What became of it, in a word: the code of what was refused, else the kind of file. */
export async function outcomeOf(bytes: Buffer): Promise<string> {
  const { verdict } = await readBytes(bytes);
  return verdict.kind === 'refused' ? verdict.code : verdict.kind;
}
