const NO_WORDS = new Int32Array(0);

/** All bytes XORed to one: sixteen at a time, which is the same, folded at the end. */
export function xorOf(bytes: Buffer): number {
  const from = Math.min((4 - (bytes.byteOffset & 3)) & 3, bytes.length);
  const count = (bytes.length - from) >> 2;
  const words = count === 0 ? NO_WORDS : new Int32Array(bytes.buffer, bytes.byteOffset + from, count);
  const whole = words.length - (words.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  // Several at once: a processor does not wait for one before it begins the next.
  for (let at = 0; at < whole; at += 4) {
    a ^= words[at] ?? 0;
    b ^= words[at + 1] ?? 0;
    c ^= words[at + 2] ?? 0;
    d ^= words[at + 3] ?? 0;
  }
  const word = a ^ b ^ c ^ d;
  let xor = (word ^ (word >>> 8) ^ (word >>> 16) ^ (word >>> 24)) & 0xff;
  for (let at = 0; at < from; at++) xor ^= bytes.readUInt8(at);
  for (let at = from + whole * 4; at < bytes.length; at++) xor ^= bytes.readUInt8(at);
  return xor;
}
