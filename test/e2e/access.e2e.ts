import { Principals } from '../../src/auth/principals.js';
import type { Role } from '../../src/domain/permissions.js';
import { ALLOW } from '../../src/http/allow.js';
import { ControllerRoutes } from '../../src/http/internals/controller-routes.js';
import { PUBLIC } from '../../src/http/public.js';
import { LogsController } from '../../src/logs/logs.controller.js';
import { Client } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly isPublic: boolean;
  readonly role: Role | undefined;
}

describe('who may do what', () => {
  let app: TestApp;
  let client: Client;
  let routes: Route[];
  let takers: Route[];

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
    routes = routesOf(app);
    takers = routes.filter(({ role }) => role !== undefined);
  });
  afterAll(() => app.close());

  /** From now on the token of the tests is that of a user with another role. */
  const become = (role: Role): void => {
    const principal = { id: 1, name: 'somebody', role, via: 'password', token: null } as const;
    app.nest.get(Principals).of = () => Promise.resolve(principal);
  };
  const ask = ({ method, path }: Pick<Route, 'method' | 'path'>) =>
    client.send(method, path, { headers: { Authorization: `Bearer ${app.token}` } });

  it('is said at every route: it is public or takes a role, and not both', () => {
    expect(routes.length).toBeGreaterThan(15);
    const unsaid = routes.filter(({ isPublic, role }) => isPublic === (role !== undefined));
    expect(unsaid.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it('is nothing without a token, at every route that takes a role', async () => {
    for (const { method, path } of takers) {
      const { status, body } = await client.send(method, path);
      expect([method, path, status, body.code]).toEqual([method, path, 401, 'UNAUTHENTICATED']);
    }
  });

  it.each(['viewer', 'operator', 'admin'] as const)('of a %s: what takes the role or less', async (role) => {
    become(role);
    const rank = { viewer: 0, operator: 1, admin: 2 };
    for (const route of takers) {
      const { status, body } = await ask(route);
      const isRefused = rank[role] < rank[route.role!];
      const what = `${route.method} ${route.path}`;
      if (isRefused) {
        const detail = expect.stringMatching(
          `^This takes the role ${route.role!}(, and .+)?; yours is ${role}\\.$`,
        );
        expect([what, status, body.code, body.detail]).toEqual([what, 403, 'NOT_ALLOWED', detail]);
      } else expect([what, status]).not.toEqual([what, 403]);
    }
  });

  it('of a viewer is every GET but those of users, enrolment keys, webhooks and the audit log; of tokens it sees its own', () => {
    const forAdmins = takers.filter(({ method, role }) => method === 'GET' && role !== 'viewer');
    for (const { path, role } of forAdmins) {
      expect([path, role]).toEqual([
        expect.stringMatching(/^\/api\/ota\/admin\/(users|audit.*|enrollment-keys|webhooks.*)$/),
        'admin',
      ]);
    }
  });

  it('is nothing where nobody has said it, also for an admin', async () => {
    become('admin');
    const route = takers.find(({ path }) => path === '/api/ota/admin/logs')!;
    expect((await ask(route)).status).toBe(200);
    const handler = Reflect.get(LogsController.prototype, 'list') as object;
    Reflect.deleteMetadata(ALLOW, handler);
    try {
      const { status, body } = await ask(route);
      expect([status, body.code, body.detail]).toEqual([
        403,
        'NOT_ALLOWED',
        'This endpoint is open to no role.',
      ]);
    } finally {
      Reflect.defineMetadata(ALLOW, route.role, handler);
    }
  });
});

/** Path parameters are 1. */
function routesOf({ nest }: TestApp): Route[] {
  return nest
    .get(ControllerRoutes, { strict: false })
    .all()
    .map((route) => ({
      method: route.verb,
      path: route.paths[0]!.replaceAll(/:\w+/g, '1'),
      isPublic: route.metadata(PUBLIC) === true,
      role: route.metadata(ALLOW) as Role | undefined,
    }));
}
