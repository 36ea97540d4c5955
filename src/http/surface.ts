/** What every request under a path meets before a controller sees it. */
export interface UrlSpace {
  readonly name: 'device' | 'auth' | 'admin' | 'health' | 'docs' | 'metrics' | 'assets' | 'other';
  /** All below it belongs to the space, but for what another space with a longer path has. */
  readonly path: string;
  /** `public` and `token` hold for each route, and the start fails when one is marked otherwise. */
  readonly authentication: 'public' | 'token' | 'as marked';
  /** Whether plain HTTP is answered where HTTPS is required. */
  readonly allowsPlainHttp: boolean;
  /** Of its lines in the access log. */
  readonly logLevel: 'info' | 'debug';
  /** Whether requests may be refused under load. Which are, the load monitor decides. */
  readonly isSheddable: boolean;
  /** Whether the requests of one network are limited while their bodies and answers are awaited. */
  readonly limitsLogins: boolean;
  /**
   * Headers for browsers, on each answer. `strict` is for the console: its pages run no script but their own, and nothing of
   * them becomes a script. Swagger UI needs `lax`.
   */
  readonly browserHeaders: 'none' | 'lax' | 'strict';
  /** `no-store` for tokens and for what only admins may see. */
  readonly cacheControl: 'no-store' | null;
  /** Largest JSON body, in bytes. Uploads have a limit of their own. */
  readonly bodyLimit: number;
}

const KIB = 1024;

/** The strictest, for what no line below says otherwise. Request ids and the need of a Host header are everywhere. */
const OTHER: UrlSpace = {
  name: 'other',
  path: '',
  authentication: 'as marked',
  allowsPlainHttp: false,
  logLevel: 'info',
  isSheddable: true,
  limitsLogins: false,
  browserHeaders: 'none',
  cacheControl: null,
  bodyLimit: 8 * KIB,
};
const FOR_BROWSERS = { browserHeaders: 'lax', isSheddable: false } as const;
/** The console: who looks at an overloaded server must be able to open it. */
const CONSOLE = { browserHeaders: 'strict', isSheddable: false } as const;
/** Whatever no other space has: the pages of the console, and what there is not. */
const REST: UrlSpace = { ...OTHER, ...CONSOLE };

/** The URL spaces of this server, the longer paths first. Express and the device lane are built from this list. */
export const SURFACE: readonly UrlSpace[] = [
  {
    ...OTHER,
    ...FOR_BROWSERS,
    name: 'admin',
    path: '/api/ota/admin',
    authentication: 'token',
    cacheControl: 'no-store',
    bodyLimit: 1024 * KIB,
  },
  { ...OTHER, name: 'device', path: '/api/ota', authentication: 'public' },
  {
    ...OTHER,
    name: 'auth',
    path: '/api/auth',
    limitsLogins: true,
    browserHeaders: 'lax',
    cacheControl: 'no-store',
  },
  {
    ...OTHER,
    ...FOR_BROWSERS,
    name: 'health',
    path: '/health',
    authentication: 'public',
    allowsPlainHttp: true,
    logLevel: 'debug',
  },
  { ...OTHER, ...FOR_BROWSERS, name: 'docs', path: '/docs', authentication: 'public' },
  { ...OTHER, name: 'metrics', path: '/metrics', authentication: 'public', isSheddable: false },
  { ...OTHER, ...CONSOLE, name: 'assets', path: '/assets', authentication: 'public', logLevel: 'debug' },
  REST,
];

/** @param path of a URL, without its query */
export function spaceOf(path: string): UrlSpace {
  return SURFACE.find((space) => isBelow(path, space.path)) ?? REST;
}

const isBelow = (path: string, parent: string): boolean =>
  path.startsWith(parent) && (parent === '' || path.length === parent.length || path[parent.length] === '/');

/**
 * The resource that a route is about: its space and one segment more. At and below it bodies are read, whichever
 * method they come with. `/api/ota/admin/store/clean` is about `/api/ota/admin/store`.
 */
export function resourceOf(routePath: string): string {
  const { path } = spaceOf(routePath);
  const [segment = ''] = routePath.slice(path.length + 1).split('/');
  return `${path}/${segment}`;
}
