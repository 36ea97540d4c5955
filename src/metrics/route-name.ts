/** Longer prefixes come first. */
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

/** The absolute form of a request target, which a server must also accept: `GET http://host/path` (RFC 9112 §3.2.2). */
const AUTHORITY = /^https?:\/\/[^/?#]*/i;

/** Maps any path to one of a few names, so that clients cannot create arbitrary labels. */
export function routeName(url: string): string {
  const path = url.startsWith('/') ? url : url.replace(AUTHORITY, '');
  return ROUTES.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'other';
}
