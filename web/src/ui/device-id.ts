/** As the server and the command show ids: many are MAC addresses. */
const MAC_DIGITS = 12;
/** The first byte of makers' addresses is often 0, the next ones seldom. */
const SHORTEST_MAC = 9;

/** @returns the id as people write it: a MAC address when it is one, such as "24:6f:28:03:7e:51", else the number */
export function deviceIdText(id: number): string {
  const digits = id.toString(16);
  if (digits.length < SHORTEST_MAC || digits.length > MAC_DIGITS) return String(id);
  return digits.padStart(MAC_DIGITS, '0').replace(/..(?!$)/g, '$&:');
}

const MAC = /^[0-9a-f]{2}([:-]?)[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i;

/** @returns the number of an id that is written as a number or as a MAC address; null for what is neither */
export function parseDeviceId(text: string): number | null {
  const isNumber = /^\d{1,16}$/.test(text);
  if (!isNumber && !MAC.test(text)) return null;
  const id = isNumber ? Number(text) : Number.parseInt(text.replace(/[:-]/g, ''), 16);
  return id >= 1 && id <= Number.MAX_SAFE_INTEGER ? id : null;
}
