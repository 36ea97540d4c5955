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
