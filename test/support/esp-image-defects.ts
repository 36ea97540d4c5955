/** @returns a copy with one bit turned, bit 0 being the lowest of byte 0. */
export function flipBit(image: Buffer, bitIndex: number): Buffer {
  const copy = Buffer.from(image);
  copy.writeUInt8(copy.readUInt8(bitIndex >> 3) ^ (1 << (bitIndex & 7)), bitIndex >> 3);
  return copy;
}

/** @returns the first `length` bytes; a negative length leaves out so many at the end. */
export const truncated = (image: Buffer, length: number): Buffer => Buffer.from(image.subarray(0, length));

export const withTrailing = (image: Buffer, bytes: Uint8Array): Buffer => Buffer.concat([image, bytes]);
