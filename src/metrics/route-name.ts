/** The longest that fits comes first. */
const ROUTES: readonly (readonly [prefix: string, name: string])[] = [
  ['/api/ota/check', 'check'],
  ['/api/ota/status', 'status'],
  ['/api/ota/download/', 'download'],
  ['/api/ota/admin/upload', 'upload'],
  ['/api/ota/admin/', 'admin'],
  ['/api/auth/', 'login'],
  ['/health', 'health'],
  ['/metrics', 'metrics'],
  ['/docs', 'docs'],
];

/** The form of a request to a proxy, which a server must take, too: `GET http://host/path` (RFC 9112 §3.2.2). */
const AUTHORITY = /^https?:\/\/[^/?#]*/i;

/** A path's name among a handful, whatever a client may ask for. */
export function routeName(url: string): string {
  const path = url.startsWith('/') ? url : url.replace(AUTHORITY, '');
  return ROUTES.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'other';
}
