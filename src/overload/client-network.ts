import { isIP } from 'node:net';

/** No address is longer; what a proxy may send instead is cut. */
const MAX_LENGTH = 64;
const GROUPS = 8;
const GROUPS_OF_NETWORK = 4;

/**
 * The part of a client's address that failed logins are counted by: an IPv4 address, or the /64 network of an IPv6
 * address, since one customer of a provider has at least a whole /64.
 * @param address as Express tells it; a proxy may have added a port
 */
export function clientNetwork(address: string | undefined): string {
  const host = withoutPort(address ?? '').replace(/%.*$/, '');
  if (isIP(host) !== 6) return host.slice(0, MAX_LENGTH);
  const groups = groupsOf(host);
  return ipv4Of(groups) ?? `${groups.slice(0, GROUPS_OF_NETWORK).join(':')}::/64`;
}

/** `1.2.3.4:5678`, `[::1]:5678` and `[::1]` lose what is not the address. */
function withoutPort(address: string): string {
  return (
    /^\[([^\]]*)\](?::\d+)?$/.exec(address)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? address
  );
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  // The URL parser writes every spelling of an address in one way: lower case, without leading zeros or dotted parts.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = new Array<string>(GROUPS - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail];
}

/** The IPv4 address of an IPv4-mapped one (`::ffff:1.2.3.4`), as a socket that takes both kinds has it. */
function ipv4Of(groups: readonly string[]): string | null {
  if (groups.slice(0, 6).join() !== '0,0,0,0,0,ffff') return null;
  const bytes = groups.slice(6).flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
  return bytes.join('.');
}
