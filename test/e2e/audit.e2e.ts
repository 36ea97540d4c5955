import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Principals } from '../../src/auth/principals.js';
import type { Role } from '../../src/domain/permissions.js';
import { ControllerRoutes } from '../../src/http/internals/controller-routes.js';
import { beginLog, DAYS_AGO } from '../support/audit.js';
import { Client, eventually, someBytes, type Answer } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const ADMIN = '/api/ota/admin';
/** Routes that change nothing, although they are no GET. */
const CHANGES_NOTHING: Readonly<Record<string, string>> = {
  [`POST ${ADMIN}/inspect`]: 'says what an upload would say, and stores nothing',
  [`POST ${ADMIN}/firmware/:firmware_id/verify`]: 'reads the stored file',
  [`POST ${ADMIN}/rollouts/preview`]: 'says whom a rollout would reach, and makes none',
  [`POST ${ADMIN}/webhooks/:id/test`]: 'sends a message, and stores nothing',
};

describe('the audit log', () => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
  });
  afterAll(() => app.close());

  const rows = async (query = ''): Promise<Answer['body']> =>
    (await client.admin('GET', `/audit${query}`)).body;
  const count = async (): Promise<number> =>
    Number((await client.admin('GET', '/audit')).headers['x-total-count']);
  const change = (id: number, body: object): Promise<Answer> =>
    client.admin('PATCH', `/firmware/${id}`, { body });
  let published = 0;
  const publish = async (changes: object = {}): Promise<number> => {
    const version = `1.${(published += 1)}.0`;
    return (await client.publish(someBytes(100 + published), { version, ...changes })).body.id as number;
  };

  /** One request for each route that changes something, after what it needs. */
  const CHANGES: Readonly<Record<string, readonly [action: string, () => Promise<() => Promise<Answer>>]>> = {
    [`POST ${ADMIN}/upload`]: ['firmware.upload', () => Promise.resolve(() => client.upload(someBytes(50)))],
    [`POST ${ADMIN}/firmware`]: [
      'firmware.register',
      async () => {
        const { body } = await client.upload(someBytes(51));
        return () => client.admin('POST', '/firmware', { body: { ...body, build_number: 9 } });
      },
    ],
    [`PATCH ${ADMIN}/firmware/:firmware_id`]: [
      'firmware.change',
      async () => {
        const id = await publish();
        return () => change(id, { description: 'New' });
      },
    ],
    [`DELETE ${ADMIN}/firmware/:firmware_id`]: [
      'firmware.deactivate',
      async () => {
        const id = await publish();
        return () => client.admin('DELETE', `/firmware/${id}`);
      },
    ],
    [`POST ${ADMIN}/firmware/prune`]: [
      'store.prune',
      async () => {
        await client.admin('DELETE', `/firmware/${await publish()}`);
        return () => client.admin('POST', '/firmware/prune', { body: { keep: 0 } });
      },
    ],
    [`POST ${ADMIN}/store/clean`]: [
      'store.clean',
      async () => {
        const path = join(app.config.firmwareStore, 'lab/v1.0.0.bin');
        await mkdir(join(app.config.firmwareStore, 'lab'), { recursive: true });
        await writeFile(path, 'left over');
        await utimes(path, DAYS_AGO(3), DAYS_AGO(3));
        return () => client.admin('POST', '/store/clean', { body: {} });
      },
    ],
    [`POST ${ADMIN}/audit/cut`]: [
      'audit.cut',
      async () => {
        const { first_id } = (await client.admin('GET', '/audit/head')).body;
        expect(first_id).toBe(1);
        return () => client.admin('POST', '/audit/cut', { body: { before: DAYS_AGO(100).toISOString() } });
      },
    ],
  };

  const people = (method: string, path: string, body?: object): Promise<Answer> =>
    client.admin(method, path, { body });
  const userId = async (username: string): Promise<number> =>
    (await people('POST', '/users', { username, role: 'viewer', password: 'a horse and a staple' })).body
      .id as number;
  const tokenId = async (name: string): Promise<number> =>
    (await people('POST', '/tokens', { name })).body.id as number;
  const keyId = async (): Promise<number> =>
    (await people('POST', '/enrollment-keys', { device_type: 'sensor' })).body.id as number;
  const groupId = async (name: string): Promise<number> =>
    (await people('POST', '/groups', { name })).body.id as number;
  const rolloutOf = async (firmware_id: number, ...verbs: readonly string[]): Promise<number> => {
    const { id } = (await people('POST', '/rollouts', { firmware_id })).body;
    for (const verb of verbs) await people('POST', `/rollouts/${id}/${verb}`);
    return id as number;
  };
  const makeWebhook = (): Promise<Answer> =>
    people('POST', '/webhooks', { url: 'https://example.com/', events: ['rollout'] });
  /** A device that waits to be accepted. */
  const pendingDevice = async (deviceId: number): Promise<number> => {
    const asked = { device_type: 'sensor', requires_acceptance: true };
    const { key } = (await people('POST', '/enrollment-keys', asked)).body;
    const body = { device_id: deviceId, device_type: 'sensor' };
    const headers = { Authorization: `Bearer ${key}` };
    expect((await client.send('POST', '/api/ota/devices/enroll', { body, headers })).status).toBe(202);
    return deviceId;
  };
  Object.assign(CHANGES, {
    [`POST ${ADMIN}/users`]: [
      'user.create',
      () =>
        Promise.resolve(() =>
          people('POST', '/users', { username: 'ann', role: 'viewer', password: 'a horse and a staple' }),
        ),
    ],
    [`PATCH ${ADMIN}/users/:id`]: [
      'user.update',
      async () => {
        const id = await userId('bea');
        return () => people('PATCH', `/users/${id}`, { role: 'operator' });
      },
    ],
    [`DELETE ${ADMIN}/users/:id`]: [
      'user.delete',
      async () => {
        const id = await userId('cid');
        return () => people('DELETE', `/users/${id}`);
      },
    ],
    [`POST ${ADMIN}/tokens`]: [
      'token.create',
      () => Promise.resolve(() => people('POST', '/tokens', { name: 'ci' })),
    ],
    [`DELETE ${ADMIN}/tokens/:id`]: [
      'token.revoke',
      async () => {
        const id = await tokenId('old');
        return () => people('DELETE', `/tokens/${id}`);
      },
    ],
    [`POST ${ADMIN}/enrollment-keys`]: [
      'enrollment_key.create',
      () => Promise.resolve(() => people('POST', '/enrollment-keys', { device_type: 'sensor' })),
    ],
    [`DELETE ${ADMIN}/enrollment-keys/:key_id`]: [
      'enrollment_key.revoke',
      async () => {
        const id = await keyId();
        return () => people('DELETE', `/enrollment-keys/${id}`);
      },
    ],
    [`POST ${ADMIN}/webhooks`]: ['webhook.create', () => Promise.resolve(() => makeWebhook())],
    [`PATCH ${ADMIN}/webhooks/:id`]: [
      'webhook.change',
      async () => {
        const { id } = (await makeWebhook()).body;
        return () => people('PATCH', `/webhooks/${id}`, { url: 'https://example.com/other' });
      },
    ],
    [`DELETE ${ADMIN}/webhooks/:id`]: [
      'webhook.delete',
      async () => {
        const { id } = (await makeWebhook()).body;
        return () => people('DELETE', `/webhooks/${id}`);
      },
    ],
    [`POST ${ADMIN}/devices/:device_id/token`]: [
      'device.make_token',
      () => Promise.resolve(() => people('POST', '/devices/801/token')),
    ],
    [`DELETE ${ADMIN}/devices/:device_id/token`]: [
      'device.revoke_token',
      async () => {
        await people('POST', '/devices/802/token');
        return () => people('DELETE', '/devices/802/token');
      },
    ],
    [`POST ${ADMIN}/devices/tokens`]: [
      'device.make_tokens',
      () =>
        Promise.resolve(() =>
          people('POST', '/devices/tokens', { csv: 'device_id,device_type\n803,sensor\n' }),
        ),
    ],
    [`PATCH ${ADMIN}/devices/:device_id`]: [
      'device.change',
      async () => {
        const id = await pendingDevice(820);
        return () => people('PATCH', `/devices/${id}`, { name: 'Munich 7' });
      },
    ],
    [`DELETE ${ADMIN}/devices/:device_id`]: [
      'device.forget',
      async () => {
        const id = await pendingDevice(821);
        return () => people('DELETE', `/devices/${id}`);
      },
    ],
    [`POST ${ADMIN}/devices/bulk`]: [
      'device.change_many',
      async () => {
        const id = await pendingDevice(822);
        return () => people('POST', '/devices/bulk', { q: `id:${id}`, expect: 1, add_tags: ['lab'] });
      },
    ],
    [`POST ${ADMIN}/devices/import`]: [
      'device.import',
      async () => {
        const id = await pendingDevice(823);
        return () => people('POST', '/devices/import', { csv: `id,name\n${id},Munich 8\n` });
      },
    ],
    [`POST ${ADMIN}/groups`]: [
      'group.create',
      () => Promise.resolve(() => people('POST', '/groups', { name: 'Munich', filter: 'tag:munich' })),
    ],
    [`PATCH ${ADMIN}/groups/:group_id`]: [
      'group.change',
      async () => {
        const id = await groupId('Berlin');
        return () => people('PATCH', `/groups/${id}`, { description: 'Shops' });
      },
    ],
    [`DELETE ${ADMIN}/groups/:group_id`]: [
      'group.delete',
      async () => {
        const id = await groupId('Paris');
        return () => people('DELETE', `/groups/${id}`);
      },
    ],
    [`PUT ${ADMIN}/groups/:group_id/members`]: [
      'group.set_members',
      async () => {
        const id = await groupId('Rome');
        return () => people('PUT', `/groups/${id}/members`, { device_ids: [] });
      },
    ],
    [`POST ${ADMIN}/rollouts`]: [
      'rollout.create',
      async () => {
        const firmware_id = await publish({ is_stable: false });
        return () => people('POST', '/rollouts', { firmware_id });
      },
    ],
    [`POST ${ADMIN}/rollouts/:rollout_id/approve`]: [
      'rollout.approve',
      async () => {
        const password = 'a horse and a staple';
        await people('POST', '/users', { username: 'dora', role: 'operator', password });
        const login = await client.send('POST', '/api/auth/login', { body: { username: 'dora', password } });
        const dora = new Client({ url: app.url, token: login.body.access_token as string });
        const body = { firmware_id: await publish({ is_stable: false }), needs_approval: true };
        const { id } = (await dora.admin('POST', '/rollouts', { body })).body;
        await dora.admin('POST', `/rollouts/${id}/start`);
        return () => people('POST', `/rollouts/${id}/approve`);
      },
    ],
    [`POST ${ADMIN}/rollouts/:rollout_id/excuse`]: [
      'rollout.excuse',
      async () => {
        const firmware_id = await publish({ is_stable: false, device_type: 'excused' });
        const id = await rolloutOf(firmware_id, 'start');
        const device_id = 890;
        await eventually(async () => {
          const { body } = await client.check({
            device_id,
            device_type: 'excused',
            current_version: '0.1.0',
          });
          expect(body).toMatchObject({ firmware_id });
        });
        await client.report({ device_id, firmware_id, status: 'installing' });
        await client.report({ device_id, firmware_id, status: 'failed', error_message: 'rolled back' });
        return () =>
          people('POST', `/rollouts/${id}/excuse`, {
            device_ids: [device_id],
            reason: 'The cable was loose.',
          });
      },
    ],
    ...Object.fromEntries(
      [['start'], ['start', 'pause'], ['start', 'pause', 'resume'], ['start', 'finish'], ['abort']].map(
        (verbs) => [
          `POST ${ADMIN}/rollouts/:rollout_id/${verbs.at(-1)!}`,
          [
            `rollout.${verbs.at(-1)!}`,
            async () => {
              const id = await rolloutOf(await publish({ is_stable: false }), ...verbs.slice(0, -1));
              // What no device has confirmed does not come into force.
              await app.database.query('UPDATE rollout SET offered = 1, confirmed = 1 WHERE id = $1', [id]);
              return () => people('POST', `/rollouts/${id}/${verbs.at(-1)!}`);
            },
          ],
        ],
      ),
    ),
    ...Object.fromEntries(
      (['accept', 'reject', 'block', 'unblock'] as const).map((verb, index) => [
        `POST ${ADMIN}/devices/:device_id/${verb}`,
        [
          `device.${verb}`,
          async () => {
            const id = await pendingDevice(810 + index);
            if (verb === 'unblock') await people('POST', `/devices/${id}/block`);
            return () => people('POST', `/devices/${id}/${verb}`);
          },
        ],
      ]),
    ),
  } satisfies typeof CHANGES);

  it('is known to every route that is no GET', async () => {
    // The oldest rows, for the cut.
    await beginLog(app, [200, 150]);
    const routes = app.nest
      .get(ControllerRoutes, { strict: false })
      .all()
      .flatMap(({ verb, paths }) => paths.map((path) => `${verb} ${path}`))
      .filter((route) => route.includes(` ${ADMIN}/`) && !route.startsWith('GET '));
    expect(routes.sort()).toEqual([...Object.keys(CHANGES), ...Object.keys(CHANGES_NOTHING)].sort());
  });

  it.each(Object.entries(CHANGES))('gets exactly one row of %s', async (_route, [action, prepare]) => {
    const request = await prepare();
    const before = (await client.admin('GET', '/audit/head')).body.last_id as number;
    const { status, headers } = await request();
    expect(status).toBe(200);
    const added = await rows(`?after_id=${before}`);
    expect(added).toHaveLength(1);
    expect(added[0]).toMatchObject({
      action,
      actor: { kind: 'user', name: 'admin' },
      address: '127.0.0.1',
      request_id: headers['x-request-id'],
      result: 'done',
    });
  });

  let verifiable = 0;
  it.each([
    ['inspect', () => client.admin('POST', '/inspect', inspection())],
    ['verify', () => client.admin('POST', `/firmware/${verifiable}/verify`)],
    ['a dry prune', () => client.admin('POST', '/firmware/prune', { body: { keep: 0, dry_run: true } })],
    ['a dry clean', () => client.admin('POST', '/store/clean', { body: { dry_run: true } })],
    ['a cut of nothing', () => client.admin('POST', '/audit/cut', { body: { before: '2000-01-01' } })],
  ])('gets none of %s', async (_, request) => {
    verifiable = await publish();
    const before = await count();
    const answer = await request();
    expect(answer.status).toBe(200);
    expect(await count()).toBe(before);
  });

  const inspection = () => {
    const body = '--b\r\nContent-Disposition: form-data; name="file"; filename="f.bin"\r\n\r\nx\r\n--b--\r\n';
    return { body, headers: { 'Content-Type': 'multipart/form-data; boundary=b' } };
  };

  it('holds of a change only what has changed, and nothing of a change of nothing', async () => {
    const id = await publish({ description: 'Old' });
    const before = await count();
    await change(id, { description: 'Old', is_stable: true });
    await change(id, {});
    expect(await count()).toBe(before);
    await change(id, { description: 'New', is_stable: true, min_current_version: '0.1.0' });
    const [row] = await rows(`?target=firmware:${id}`);
    expect([row.before, row.after]).toEqual([
      { description: 'Old', min_current_version: null },
      { description: 'New', min_current_version: '0.1.0' },
    ]);
  });

  it('tells what was changed of a device, and how many devices a filter was about, once', async () => {
    const id = await pendingDevice(830);
    const change = { name: 'A', tags: ['b', 'a'], attributes: { floor: 3 } };
    await people('PATCH', `/devices/${id}`, change);
    const [changed] = await rows(`?target=device:${id}`);
    expect([changed.before, changed.after]).toEqual([
      { name: null, tags: [], attributes: {} },
      { name: 'A', tags: ['a', 'b'], attributes: { floor: 3 } },
    ]);
    const before = await count();
    await people('PATCH', `/devices/${id}`, change);
    await people('POST', '/devices/bulk', { q: `id:${id}`, expect: 2, delete: true });
    await people('POST', '/devices/bulk', { q: 'id:1234567', expect: 0, delete: true });
    expect(await count()).toBe(before);
    await people('POST', '/devices/bulk', { q: `id:${id}`, expect: 1, delete: true });
    const [forgotten] = await rows('?action=device.forget_many');
    expect(forgotten).toMatchObject({ target: 'devices:1', after: { q: `id:${id}`, devices: 1 } });
  });

  it('tells what was registered, removed and purged', async () => {
    const id = await publish({ is_stable: false, release_notes: 'x'.repeat(3_000) });
    const [registered] = await rows(`?target=firmware:${id}`);
    expect(registered.before).toBeNull();
    expect(registered.after).toMatchObject({ device_type: 'sensor', build_number: 1, is_stable: false });
    expect(registered.after.release_notes).toBe('x'.repeat(2_000));
    await client.admin('DELETE', `/firmware/${id}?purge=true`);
    const [purged] = await rows(`?target=firmware:${id}`);
    expect(purged).toMatchObject({
      action: 'firmware.purge',
      after: null,
      before: { device_type: 'sensor' },
    });
    const [pruned] = await rows('?action=store.prune');
    expect(pruned.after).toEqual({ firmware_ids: expect.arrayContaining([expect.any(Number)]) });
    const [cleaned] = await rows('?action=store.clean');
    expect(cleaned.before).toMatchObject({ files: 1, bytes: 9, paths: ['lab/v1.0.0.bin'] });
  });

  it('is written before an upload is answered, or the upload is not a success', async () => {
    await app.database.query(
      `ALTER TABLE audit_log ADD CONSTRAINT refused CHECK (action <> 'firmware.upload') NOT VALID`,
    );
    try {
      expect((await client.upload(someBytes(77))).status).toBe(500);
    } finally {
      await app.database.query('ALTER TABLE audit_log DROP CONSTRAINT refused');
    }
    const before = await count();
    expect((await client.upload(someBytes(77))).status).toBe(200);
    expect(await count()).toBe(before + 1);
  });

  it('undoes a change that it cannot hold', async () => {
    const id = await publish();
    await app.database.query(
      `ALTER TABLE audit_log ADD CONSTRAINT refused CHECK (action <> 'firmware.change') NOT VALID`,
    );
    try {
      expect((await change(id, { description: 'lost' })).status).toBe(500);
    } finally {
      await app.database.query('ALTER TABLE audit_log DROP CONSTRAINT refused');
    }
    expect((await client.admin('GET', `/firmware/${id}`)).body.description).toBeNull();
  });

  it('lists the newest first or, after an id, the oldest first, with totals', async () => {
    const { headers, body } = await client.admin('GET', '/audit?limit=3');
    const { first_id, last_id, last_hash, previous_hash } = (await client.admin('GET', '/audit/head')).body;
    expect(body.map(({ id }: { id: number }) => id)).toEqual([last_id, last_id - 1, last_id - 2]);
    expect(body[0].hash).toBe(last_hash);
    expect(Number(headers['x-total-count'])).toBe(last_id - first_id + 1);
    const all = await rows('?after_id=0&limit=1000');
    expect(all[0]).toMatchObject({ id: first_id, previous_hash });
    expect(all.at(-1).id).toBe(last_id);
    const filtered = await client.admin('GET', '/audit?action=firmware.upload&actor=admin&limit=1&skip=1');
    const uploads = all.filter(({ action }: { action: string }) => action === 'firmware.upload');
    expect(Number(filtered.headers['x-total-count'])).toBe(uploads.length);
    expect(filtered.body).toEqual([uploads.at(-2)]);
    const { at } = all[1];
    expect((await rows(`?until=${at}&after_id=0`)).length).toBe(1);
    expect((await rows(`?since=${at}&after_id=0`))[0].id).toBe(all[1].id);
  });

  it.each(['actor=%00', 'since=yesterday', 'after_id=-1', 'limit=1001', `target=${'x'.repeat(121)}`])(
    'refuses a list with %s',
    async (query) => {
      const { status, body } = await client.admin('GET', `/audit?${query}`);
      expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    },
  );

  it.each([
    [{}, 'before is missing'],
    [{ before: DAYS_AGO(89).toISOString() }, 'before must be at least 90 days ago'],
    [{ before: 7 }, 'before must be a text in quotes, not a number'],
    [{ before: 'x' }, 'before must be a date or a time with its zone, such as 2026-01-31T12:00:00Z'],
  ])('refuses a cut with %j', async (body, reason) => {
    const answer = await client.admin('POST', '/audit/cut', { body });
    expect([answer.status, answer.body.code, answer.body.errors]).toEqual([
      400,
      'VALIDATION_FAILED',
      { before: [reason] },
    ]);
  });

  it('shows its newest id among the metrics', async () => {
    const { bytes } = await client.send('GET', '/metrics');
    expect(bytes.toString()).toMatch(/^ota_audit_last_id \d+$/m);
  });

  describe('of somebody without the role', () => {
    const become = (role: Role, token: { id: number; name: string } | null = null): void => {
      const via = token ? 'token' : 'password';
      const principal = { id: 7, name: 'somebody', role, via, token } as const;
      app.nest.get(Principals).of = () => Promise.resolve(principal);
    };
    const refused = (): Promise<{ actor_name: string; action: string; target: string }[]> =>
      app.database.query(
        `SELECT actor_name, action, target FROM audit_log WHERE result = 'refused' ORDER BY id`,
      );

    it('gets a row that names what was refused, and one of many for the same within a minute', async () => {
      become('viewer');
      for (let times = 0; times < 5; times++) {
        expect((await client.admin('DELETE', '/firmware/12')).status).toBe(403);
        expect((await client.admin('GET', '/audit')).status).toBe(403);
      }
      become('viewer', { id: 3, name: 'ci' });
      expect((await client.admin('DELETE', '/firmware/13')).status).toBe(403);
      await eventually(async () => {
        expect(await refused()).toEqual([
          { actor_name: 'somebody', action: 'firmware.deactivate', target: 'firmware:12' },
          { actor_name: 'somebody', action: 'audit.list', target: 'audit' },
          { actor_name: 'somebody/ci', action: 'firmware.deactivate', target: 'firmware:13' },
        ]);
      });
    });

    it.each([
      ['PATCH', '/devices/7', 'device.change', 'device:7'],
      ['DELETE', '/devices/7', 'device.forget', 'device:7'],
      ['POST', '/devices/bulk', 'device.change_many', 'device'],
      ['POST', '/devices/import', 'device.import', 'device'],
      ['POST', '/devices/tokens', 'device.make_tokens', 'device'],
      ['POST', '/devices/7/token', 'device.make_token', 'device:7'],
      ['DELETE', '/devices/7/token', 'device.revoke_token', 'device:7'],
      ['POST', '/devices/7/accept', 'device.accept', 'device:7'],
      ['POST', '/devices/7/reject', 'device.reject', 'device:7'],
      ['POST', '/devices/7/block', 'device.block', 'device:7'],
      ['POST', '/devices/7/unblock', 'device.unblock', 'device:7'],
      ['PATCH', '/users/7', 'user.update', 'user:7'],
      ['DELETE', '/users/7', 'user.delete', 'user:7'],
      ['POST', '/users', 'user.create', 'user'],
      ['POST', '/groups', 'group.create', 'group'],
      ['PUT', '/groups/7/members', 'group.set_members', 'group:7'],
      ['POST', '/webhooks', 'webhook.create', 'webhook'],
      ['DELETE', '/enrollment-keys/7', 'enrollment_key.revoke', 'enrollment_key:7'],
    ] as const)('%s %s is called as when it is done: %s', async (method, path, action, target) => {
      become('viewer', { id: 4, name: action });
      const options = method === 'DELETE' ? {} : { body: {} };
      expect((await client.admin(method, path, options)).status).toBe(403);
      await eventually(async () => {
        expect(await refused()).toContainEqual({ actor_name: `somebody/${action}`, action, target });
      });
    });

    it('is told all roles that a route takes', async () => {
      become('viewer');
      const { body } = await client.admin('POST', '/devices/bulk', { body: {} });
      expect(body.detail).toBe('This takes the role operator, and delete the role admin; yours is viewer.');
    });

    it('is refused all the same while the database is away, and gets the row later', async () => {
      become('viewer');
      await app.database.shut();
      expect((await client.admin('POST', '/store/clean', { body: {} })).status).toBe(403);
      await app.database.reopen();
      await eventually(async () => {
        expect((await refused()).at(-1)).toMatchObject({ action: 'store.clean', target: 'store' });
      });
    });
  });
});
