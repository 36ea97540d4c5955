/** The query of a signed download URL, as it came or as it is to be sent. */
export interface SignedQuery {
  readonly deviceId: string;
  /** Unix time in seconds. */
  readonly expires: string;
  readonly signature: string;
}

export const signedUrl = (path: string, { deviceId, expires, signature }: SignedQuery): string =>
  `${path}?device_id=${deviceId}&expires=${expires}&sig=${signature}`;

export const readSignedQuery = ({ device_id, expires, sig }: Record<string, unknown>): SignedQuery => ({
  deviceId: textOf(device_id),
  expires: textOf(expires),
  signature: textOf(sig),
});

/** A parameter that comes twice is a list, and matches nothing. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
