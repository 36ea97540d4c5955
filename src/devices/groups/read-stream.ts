import type { Request } from 'express';
import { TransportError } from '../../http/problem.js';
import { bodyTimeout } from '../../http/request-body.js';

export interface StreamLimits {
  /** Of the whole body, in bytes. */
  readonly maxBytes: number;
  /** Longest pause between two pieces. */
  readonly stallMs: number;
}

/**
 * Hands on a body piece by piece, as it arrives. What is left of one that is refused is dropped where it is answered.
 * @param take returns false when the rest need not come
 * @throws TransportError BODY_TOO_LARGE, BODY_TIMEOUT, UNSUPPORTED_MEDIA_TYPE
 */
export function readStream(
  request: Request,
  { maxBytes, stallMs }: StreamLimits,
  take: (piece: Buffer) => Promise<boolean>,
): Promise<void> {
  if (request.get('content-encoding') !== undefined) {
    throw new TransportError('UNSUPPORTED_MEDIA_TYPE', 'The Content-Encoding is not supported.');
  }
  return new Promise((resolve, reject) => {
    let received = 0;
    const finish = (error?: Error): void => {
      clearTimeout(stall);
      request.off('data', onPiece).off('end', finish).off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    const stall = setTimeout(() => {
      finish(bodyTimeout());
    }, stallMs);
    const onPiece = (piece: Buffer): void => {
      received += piece.length;
      stall.refresh();
      if (received > maxBytes) {
        finish(tooLarge(maxBytes));
        return;
      }
      // What is not taken yet does not pile up here, and the end comes after it.
      request.pause();
      take(piece).then((isWanted) => {
        stall.refresh();
        request.resume();
        if (!isWanted) finish();
      }, finish);
    };
    const onClose = (): void => {
      finish(new TransportError('BAD_REQUEST', 'The body broke off.'));
    };
    request.on('data', onPiece).once('end', finish).once('close', onClose);
  });
}

const tooLarge = (maxBytes: number): TransportError =>
  new TransportError('BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes.`);
