const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/**
 * The hash by which a distributed PostgreSQL finds the shard of a number: `hashint8` of PostgreSQL.
 * @param value a safe integer
 * @returns a signed number of 32 bits
 */
export function shardHash(value: number): number {
  const high = Math.floor(value / 2 ** 32) | 0;
  const key = (value | 0) ^ (value >= 0 ? high : ~high);
  // Bob Jenkins' mix of three numbers, as PostgreSQL's hash_bytes_uint32 begins and ends it.
  let a = (0x9e3779b9 + 4 + 3923095) | 0;
  let b = a;
  let c = a;
  a = (a + key) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  return ((c ^ b) - rotate(b, 24)) | 0;
}
