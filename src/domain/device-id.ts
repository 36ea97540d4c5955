const MAC = /^[0-9a-f]{2}(?:([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4})$/i;

/** What a device id may look like, for the sentence about one that does not. */
export const DEVICE_ID_FORMS =
  'a number from 1 to 2^53-1 or a MAC address: 123, 24:6f:28:03:7e:51, 246f28037e51 or 0x246f28037e51';

/** A device id, as a person writes it: a number or a MAC address. @returns null for what is none */
export function parseDeviceId(text: string): number | null {
  const value = valueOf(text.trim());
  return value >= 1 && value <= Number.MAX_SAFE_INTEGER ? value : null;
}

/** Digits alone are a decimal number, even if there are twelve of them as in a MAC address. */
function valueOf(text: string): number {
  if (/^\d{1,16}$/.test(text)) return Number(text);
  if (MAC.test(text)) return Number.parseInt(text.replace(/[:-]/g, ''), 16);
  if (/^[0-9a-f]{12}$/i.test(text)) return Number.parseInt(text, 16);
  return /^0x[0-9a-f]{1,14}$/i.test(text) ? Number.parseInt(text.slice(2), 16) : NaN;
}

/** The MAC address that an id is; null for one that is too large, or so small that it is hardly one. */
export function macOf(id: number): string | null {
  const digits = id.toString(16);
  if (digits.length < SHORTEST_MAC || digits.length > MAC_DIGITS) return null;
  return digits.padStart(MAC_DIGITS, '0').replace(/..(?!$)/g, '$&:');
}

const MAC_DIGITS = 12;
/** The first byte of makers' addresses is often 0, the next ones seldom. */
const SHORTEST_MAC = 9;
