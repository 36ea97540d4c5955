import ipaddr from 'ipaddr.js';

/** Ranges of which ipaddr.js knows nothing: site-local addresses (RFC 3879), and IPv4 addresses within IPv6 (RFC 4291). */
const MORE_RANGES = ['fec0::/10', '::/96'].map((range) => ipaddr.parseCIDR(range));

/**
 * Whether an address is one of the internet, as opposed to one of this machine, this network, or of no single machine. An
 * address that holds another one is judged by what it holds.
 * @param address as a URL or a look-up gives it
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || !MORE_RANGES.some((range) => parsed.match(range));
}

/** The host of a URL without the brackets of an IPv6 address; null: it is a name. */
export function literalAddress({ hostname }: URL): string | null {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return ipaddr.isValid(host) ? host : null;
}
