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

/** IPv4 addresses within IPv6, in the last bytes: RFC 4291 and RFC 6052. */
const HOLDERS = ['::/96', '64:ff9b::/96'].map((range) => ipaddr.parseCIDR(range));
const LAST_BYTES = 4;
/** Where one cloud serves by IPv6 what all serve at 169.254.169.254. */
const METADATA = 'fd00:ec2::254';

/**
 * Whether an address is one of this link alone. Clouds serve the credentials of a machine at such an address, and no
 * receiver of messages has one.
 * @param address as a URL or a look-up gives it
 */
export function isLinkLocalAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() === 'linkLocal' || parsed.toString() === METADATA) return true;
  if (parsed.kind() === 'ipv4' || !HOLDERS.some((range) => parsed.match(range))) return false;
  return new ipaddr.IPv4(parsed.toByteArray().slice(-LAST_BYTES)).range() === 'linkLocal';
}

/** Whether messages may be sent to an address. @param allowPrivate whether the operator has private receivers */
export const mayReceive = (address: string, allowPrivate: boolean): boolean =>
  allowPrivate ? !isLinkLocalAddress(address) : isPublicAddress(address);

/** The host of a URL without the brackets of an IPv6 address; null: it is a name. */
export function literalAddress({ hostname }: URL): string | null {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return ipaddr.isValid(host) ? host : null;
}
