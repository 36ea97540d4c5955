import { Readable } from 'node:stream';
import { NoAnswer } from './no-answer.js';

/**
 * The body of an answer as a stream that ends only after all of its bytes. It fails when the body is cut off, is longer
 * than it should be, or stands still; the time in which its reader takes nothing does not count.
 */
export class ObjectBytes extends Readable {
  private timer: NodeJS.Timeout | undefined;
  private isAtEnd = false;

  /**
   * @param left bytes that the body must have
   * @param stallMs maximum wait for the next bytes
   * @param asFailure what the stream fails with when the store does
   */
  constructor(
    private readonly source: Readable,
    private left: number,
    private readonly stallMs: number,
    private readonly asFailure: (error: unknown) => Error,
  ) {
    super();
    source.pause();
    source.on('data', (chunk: Buffer) => {
      this.accept(chunk);
    });
    source.on('end', () => {
      this.finish();
    });
    source.on('error', (error) => {
      this.fail(error);
    });
    source.on('close', () => {
      if (!this.isAtEnd) this.fail(cutOff());
    });
  }

  override _read(): void {
    this.wait();
    this.source.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.timer);
    // Whatever the store says after this is of no interest.
    this.source.on('error', () => undefined);
    this.source.destroy();
    done(error);
  }

  private accept(chunk: Buffer): void {
    if (this.destroyed) return;
    clearTimeout(this.timer);
    this.left -= chunk.length;
    if (this.left < 0) this.fail(new Error('the body is longer than the store said'));
    else if (this.push(chunk)) this.wait();
    else this.source.pause();
  }

  private finish(): void {
    clearTimeout(this.timer);
    this.isAtEnd = true;
    if (this.left > 0) this.fail(cutOff());
    else this.push(null);
  }

  private wait(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.fail(new NoAnswer(this.stallMs));
    }, this.stallMs);
  }

  private fail(error: unknown): void {
    if (!this.destroyed) this.destroy(this.asFailure(error));
  }
}

const cutOff = (): Error => Object.assign(new Error('the body was cut off'), { code: 'ECONNRESET' });
