/**
 * Says what is wrong with the URL of a database, without repeating it: it may hold a password.
 * @param name of the variable that has it
 * @returns null when it can be used
 */
export function postgresUrlError(name: string, url: string): string | null {
  if (!/^postgres(ql)?:/i.test(url)) return malformed(name);
  if (namesSeveralHosts(url)) {
    return (
      `${name} names several hosts, which this server does not choose from. Name one that always leads to the primary: ` +
      'a virtual address or DNS name that moves with it (Patroni, repmgr, the endpoint of a managed database), or ' +
      'HAProxy in front of the databases (deploy/haproxy/postgres.cfg). The server connects again by itself after a failover.'
    );
  }
  return URL.canParse(url) ? null : malformed(name);
}

const malformed = (name: string): string =>
  `${name} must look like postgres://user:password@host:5432/database.`;

/** `postgres://one:5432,two:5432/ota`, or `?host=one,two`: as libpq takes them. The first is no URL for others. */
function namesSeveralHosts(url: string): boolean {
  const [, authority = '', query = ''] = /^[^:]+:\/\/([^/?]*)[^?]*\??(.*)$/.exec(url) ?? [];
  const hosts = authority.slice(authority.lastIndexOf('@') + 1);
  const parameters = new URLSearchParams(query);
  return (
    hosts.includes(',') ||
    [...parameters.getAll('host'), ...parameters.getAll('port')].some((one) => one.includes(','))
  );
}
