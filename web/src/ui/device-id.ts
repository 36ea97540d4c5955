/** As the server has it: an id of so many hexadecimal digits is the MAC address of a chip. */
const SHORTEST_MAC = 9;
const MAC_DIGITS = 12;

/** @returns a device id as people know it: the MAC address when it is one, else the number */
export function deviceIdText(id: number): string {
  const digits = id.toString(16);
  if (digits.length < SHORTEST_MAC || digits.length > MAC_DIGITS) return String(id);
  return digits.padStart(MAC_DIGITS, '0').replace(/..(?!$)/g, '$&:');
}
