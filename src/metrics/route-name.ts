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

/** A path's name among a handful, whatever a client may ask for. */
export function routeName(url: string): string {
  return ROUTES.find(([prefix]) => url.startsWith(prefix))?.[1] ?? 'other';
}
