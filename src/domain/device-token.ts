import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a device token says: whose it is, and in which epoch of that device it was made. */
export interface DeviceTokenClaims {
  /** 1 .. 2^53-1 */
  readonly deviceId: number;
  /** Raised by each revocation; 0 .. 2^32-1 */
  readonly epoch: number;
}

const PREFIX = 'otad_';
const VERSION = 1;
/** So that no other use of the same secret gives the same bytes. */
const PURPOSE = 'ota device token';
const ID_AT = 1;
const ID_BYTES = 7;
const EPOCH_AT = ID_AT + ID_BYTES;
const MAC_AT = EPOCH_AT + 4;
/** 144 bits: with what is before it a multiple of three bytes, so that Base64 has one way to write it. */
const MAC_BYTES = 18;
const HIGH = 2 ** 32;
const FORM = new RegExp(`^${PREFIX}[A-Za-z0-9_-]{${((MAC_AT + MAC_BYTES) * 4) / 3}}$`);

/** Whether a text is meant as a device token, right or wrong. */
export const looksLikeDeviceToken = (text: string): boolean => text.startsWith(PREFIX);

/**
 * The token of a device in an epoch, always the same: `otad_` and Base64url of a version byte, the device's id, the epoch
 * and a truncated HMAC-SHA256 of these. No table of tokens is needed to know it again.
 */
export function mintDeviceToken({ deviceId, epoch }: DeviceTokenClaims, secret: Buffer): string {
  const bytes = Buffer.alloc(MAC_AT + MAC_BYTES);
  bytes.writeUInt8(VERSION, 0);
  // Seven bytes, which is one more than Buffer can write at once.
  bytes.writeUIntBE(Math.floor(deviceId / HIGH), ID_AT, ID_BYTES - 4);
  bytes.writeUInt32BE(deviceId % HIGH, EPOCH_AT - 4);
  bytes.writeUInt32BE(epoch, EPOCH_AT);
  macOf(bytes, secret).copy(bytes, MAC_AT);
  return PREFIX + bytes.toString('base64url');
}

/** @returns null for what was not made with this secret. Whether its epoch is still in force, only the server knows */
export function verifyDeviceToken(text: string, secret: Buffer): DeviceTokenClaims | null {
  if (!FORM.test(text)) return null;
  const bytes = Buffer.from(text.slice(PREFIX.length), 'base64url');
  // Also of a version that is unknown, whose bytes may mean something else.
  if (!timingSafeEqual(bytes.subarray(MAC_AT), macOf(bytes, secret)) || bytes[0] !== VERSION) return null;
  return {
    deviceId: bytes.readUIntBE(ID_AT, ID_BYTES - 4) * HIGH + bytes.readUInt32BE(EPOCH_AT - 4),
    epoch: bytes.readUInt32BE(EPOCH_AT),
  };
}

const macOf = (bytes: Buffer, secret: Buffer): Buffer =>
  createHmac('sha256', secret)
    .update(PURPOSE)
    .update(bytes.subarray(0, MAC_AT))
    .digest()
    .subarray(0, MAC_BYTES);
