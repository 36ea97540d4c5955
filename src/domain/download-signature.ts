import { createHmac, timingSafeEqual } from 'node:crypto';

/** Whom a download URL was made for, and until when. */
export interface DownloadGrant {
  readonly firmwareId: number;
  readonly deviceId: number;
  /** Unix time in seconds. */
  readonly expires: number;
}

/** HMAC-SHA256 over `<firmware id>:<device id>:<expires>`, in lower-case hex. */
export function signDownload(grant: DownloadGrant, secret: string): string {
  return createHmac('sha256', secret)
    .update(`${grant.firmwareId}:${grant.deviceId}:${grant.expires}`)
    .digest('hex');
}

/** Compares in a time that does not tell how much of the signature is right. */
export function isDownloadSignature(signature: string, grant: DownloadGrant, secret: string): boolean {
  const expected = Buffer.from(signDownload(grant, secret), 'hex');
  const given = Buffer.from(signature, 'hex');
  return signature.length === 64 && given.length === expected.length && timingSafeEqual(given, expected);
}
