/** As the server has it: an id of so many hexadecimal digits is the MAC address of a chip. */
const SHORTEST_MAC = 9;
const MAC_DIGITS = 12;

/** @returns a device id as people know it: the MAC address when it is one, else the number */
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
