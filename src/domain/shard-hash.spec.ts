import { shardHash } from './shard-hash.js';

describe('the hash of a shard', () => {
  // SELECT n, hashint8(n) FROM unnest(…) AS n
  it.each<[number, number]>([
    [0, -272711505],
    [1, -1905060026],
    [2, 1134484726],
    [1000, -840720108],
    [-1, 385747274],
    [4294967295, 385747274],
    [4294967296, -1905060026],
    [4294967297, -272711505],
    [900000000, 1538917779],
    [40051234567890, 915374380],
    [281474976710655, 328645025],
    [9007199254740991, 2016522077],
  ])('of %i is %i', (value, hash) => {
    expect(shardHash(value)).toBe(hash);
  });
});
