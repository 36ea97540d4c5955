import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ByteRange } from '../../domain/byte-range.js';
import { DomainError } from '../../domain/errors.js';

const READ_BYTES = 256 * 1024;

/** A part of an open file as a stream that fails when the file ends too early. Closes the file when it is done. */
export class FileBytes extends Readable {
  private position: number;

  /** @param asFailure what the stream fails with when the file cannot be read */
  constructor(
    private readonly file: FileHandle,
    private readonly range: ByteRange,
    private readonly asFailure: (error: unknown) => Error,
  ) {
    super({ highWaterMark: READ_BYTES });
    this.position = range.start;
  }

  override _read(): void {
    this.readNext().catch((error: unknown) => {
      this.destroy(this.asFailure(error));
    });
  }

  private async readNext(): Promise<void> {
    const length = Math.min(READ_BYTES, this.range.end + 1 - this.position);
    if (length <= 0) {
      this.push(null);
      return;
    }
    const { bytesRead, buffer } = await this.file.read(
      Buffer.allocUnsafeSlow(length),
      0,
      length,
      this.position,
    );
    if (bytesRead === 0)
      throw new DomainError('STORE_UNAVAILABLE', 'A stored file became shorter while it was read.');
    this.position += bytesRead;
    this.push(buffer.subarray(0, bytesRead));
  }

  /** The file waits for a read that is under way before it closes. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.file.close().then(
      () => {
        done(error);
      },
      (closing: unknown) => {
        done(error ?? this.asFailure(closing));
      },
    );
  }
}
