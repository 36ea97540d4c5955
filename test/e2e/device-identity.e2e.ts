import type { Environment } from '../../src/config/environment.js';
import { DeviceTokens } from '../../src/devices/identity/device-tokens.js';
import { Client, eventually, someBytes, type Answer, type Sending } from '../support/http-client.js';
import { samples } from '../support/samples.js';
import { LANES_OF_RUN, openAroundTheLane, startTestApp, type TestApp } from '../support/test-app.js';

type Question = Record<string, unknown>;

/** A device with a token, as far as it has one. */
class Device {
  constructor(
    private readonly client: Client,
    readonly id: number,
    public token: string | null = null,
  ) {}

  check(question: Question = {}): Promise<Answer> {
    return this.post('/api/ota/check', {
      device_type: 'sensor',
      current_version: '1.0.0',
      current_build: 1,
      ...question,
    });
  }

  report(firmwareId: number, status = 'downloading'): Promise<Answer> {
    return this.post('/api/ota/status', { firmware_id: firmwareId, status });
  }

  download(path: string | number): Promise<Answer> {
    const url = typeof path === 'string' ? path : `/api/ota/download/${path}`;
    return this.client.send('GET', url, { headers: this.headers() });
  }

  enroll(key: string, deviceType = 'sensor'): Promise<Answer> {
    return this.client.send('POST', '/api/ota/devices/enroll', {
      headers: { Authorization: `Bearer ${key}` },
      body: { device_id: this.id, device_type: deviceType },
    });
  }

  private post(path: string, body: Question): Promise<Answer> {
    const sending: Sending = { headers: this.headers(), body: { device_id: this.id, ...body } };
    return this.client.send('POST', path, sending);
  }

  private headers(): Record<string, string> {
    return this.token === null ? {} : { Authorization: `Bearer ${this.token}` };
  }
}

type Apps = Record<'open' | 'required' | 'signed', TestApp>;

describe('the identity of a device', () => {
  let started: Apps;
  let firmwareId: number;
  let lastId = 1000;

  beforeAll(async () => {
    const open = await startTestApp();
    const { database, config } = open;
    const beside = (env: Environment): Promise<TestApp> =>
      startTestApp({ database, firmwareStore: config.firmwareStore, env });
    started = {
      open,
      required: await beside({ DEVICE_AUTH: 'required' }),
      signed: await beside({ DEVICE_AUTH: 'required', OTA_DOWNLOAD_SECRET: 'a secret' }),
    };
    firmwareId = (await new Client(open).publish(someBytes(100), { version: '2.0.0' })).body.id;
    for (const app of Object.values(started))
      await eventually(async () => {
        const asked = new Device(
          new Client(app),
          999,
          app.nest.get(DeviceTokens).mint({ deviceId: 999, epoch: 0 }),
        );
        expect((await asked.check()).body.update_available).toBe(true);
      });
  });
  afterAll(async () => {
    await started.signed.close();
    await started.required.close();
    await started.open.close();
  });

  describe.each(LANES_OF_RUN)('%s', (_name, { DEVICE_LANE }) => {
    let apps: Apps;

    beforeAll(async () => {
      apps = DEVICE_LANE === 'on' ? started : await openAllAround(started);
    });
    afterAll(async () => {
      if (apps !== started) for (const app of Object.values(apps)) await app.close();
    });

    const clientOf = (app: TestApp): Client => new Client(app);
    const admin = (method: string, path: string, body?: unknown, app = apps.open): Promise<Answer> =>
      clientOf(app).admin(method, path, body === undefined ? {} : { body });
    const device = (app: TestApp = apps.open, token: string | null = null): Device =>
      new Device(clientOf(app), (lastId += 1), token);
    const withToken = async (app: TestApp = apps.open): Promise<Device> => {
      const made = device(app);
      made.token = (await admin('POST', `/devices/${made.id}/token`)).body.device_token;
      return made;
    };
    const newKey = async (choice: Question = {}): Promise<string> => {
      const { status, body } = await admin('POST', '/enrollment-keys', { device_type: 'sensor', ...choice });
      expect(status).toBe(200);
      return body.key;
    };
    const codeOf = ({ status, body }: Answer): string =>
      `${status} ${body?.code ?? body?.reason ?? ''}`.trim();
    const auditOf = async (target: string): Promise<string[]> => {
      const rows = await apps.open.database.query<{ line: string }>(
        `SELECT concat_ws(' ', actor_kind, actor_name, action, result) AS line FROM audit_log WHERE target = $1 ORDER BY id`,
        [target],
      );
      return rows.map(({ line }) => line);
    };

    it('is not asked for where it is not required', async () => {
      const plain = device();
      expect((await plain.check()).body.update_available).toBe(true);
      expect((await plain.report(firmwareId)).status).toBe(200);
      expect((await plain.download(firmwareId)).status).toBe(200);
    });

    it('is asked for at every endpoint where it is required', async () => {
      const plain = device(apps.required);
      for (const answer of [
        await plain.check(),
        await plain.report(firmwareId),
        await plain.download(firmwareId),
      ]) {
        expect(codeOf(answer)).toBe('401 DEVICE_UNAUTHENTICATED');
        expect(answer.headers['www-authenticate']).toBe('Bearer');
      }
      plain.token = apps.required.token;
      expect(codeOf(await plain.check())).toBe('401 DEVICE_UNAUTHENTICATED');
      expect((await plain.download(firmwareId)).status).toBe(200);
    });

    it('must be used by a device that has one, on every server', async () => {
      const owner = await withToken();
      const { token } = owner;
      for (const app of [apps.open, apps.required]) {
        const seen = new Device(clientOf(app), owner.id);
        await eventually(async () => expect(codeOf(await seen.check())).toBe('401 DEVICE_UNAUTHENTICATED'));
        expect(codeOf(await seen.report(firmwareId))).toBe('401 DEVICE_UNAUTHENTICATED');
        seen.token = token;
        expect((await seen.check()).body.update_available).toBe(true);
        expect((await seen.report(firmwareId)).status).toBe(200);
        expect((await seen.download(firmwareId)).status).toBe(200);
        seen.token = `${token?.slice(0, -1)}!`;
        expect(codeOf(await seen.check())).toBe('401 DEVICE_UNAUTHENTICATED');
        expect(codeOf(await seen.download(firmwareId))).toBe('401 DEVICE_UNAUTHENTICATED');
      }
    });

    it('opens nothing for another device, and that it was tried is on record', async () => {
      const thief = await withToken();
      const victim = device(apps.open, thief.token);
      expect(codeOf(await victim.check())).toBe('403 OTHER_DEVICE');
      expect(codeOf(await victim.report(firmwareId))).toBe('403 OTHER_DEVICE');
      await eventually(async () =>
        expect(await auditOf(`device:${victim.id}`)).toEqual([
          `device ${thief.id} device.use_other_token refused`,
        ]),
      );
    });

    it('is refused from the answer to its revocation on, and may be had again by enrolling', async () => {
      const owner = await withToken();
      expect((await owner.check()).status).toBe(200);
      const { body } = await admin('DELETE', `/devices/${owner.id}/token`);
      expect(body).toEqual({
        device_id: owner.id,
        identity: 'token',
        enrollment: 'none',
        is_blocked: false,
        token_epoch: 1,
      });
      expect(codeOf(await owner.check())).toBe('401 DEVICE_UNAUTHENTICATED');
      expect(codeOf(await owner.download(firmwareId))).toBe('401 DEVICE_UNAUTHENTICATED');
      owner.token = (await owner.enroll(await newKey())).body.device_token;
      expect((await owner.check()).status).toBe(200);
    });

    it('is made again until it is used, and then takes a reset', async () => {
      const owner = await withToken();
      const path = `/devices/${owner.id}/token`;
      expect((await admin('POST', path)).body.device_token).toBe(owner.token);
      await owner.check();
      await eventually(async () => expect(codeOf(await admin('POST', path))).toBe('409 TOKEN_IN_USE'));
      const { body } = await admin('POST', `${path}?reset=true`);
      expect(codeOf(await owner.check())).toBe('401 DEVICE_UNAUTHENTICATED');
      owner.token = body.device_token;
      expect((await owner.check()).status).toBe(200);
    });

    describe('of a blocked device', () => {
      it('gives it no update and no download, and its reports are kept', async () => {
        const owner = await withToken();
        const plain = device();
        await plain.check();
        for (const one of [owner, plain]) {
          await eventually(async () =>
            expect((await admin('POST', `/devices/${one.id}/block`)).status).toBe(200),
          );
          expect((await one.check()).body).toEqual({ update_available: false, reason: 'device_blocked' });
          expect((await one.report(firmwareId)).status).toBe(200);
          const lines = [`user admin device.block done`, `device ${one.id} device.seen_blocked refused`];
          await eventually(async () =>
            expect(await auditOf(`device:${one.id}`)).toEqual(expect.arrayContaining(lines)),
          );
        }
        expect(codeOf(await owner.download(firmwareId))).toBe('403 DEVICE_BLOCKED');
        await admin('POST', `/devices/${owner.id}/unblock`);
        expect((await owner.check()).body.update_available).toBe(true);
        expect((await owner.download(firmwareId)).status).toBe(200);
      });

      it('does not open the URL that was signed for it before', async () => {
        const owner = await withToken(apps.signed);
        const url = await eventually(async () => {
          const { body } = await owner.check();
          expect(body.download_url).toContain('sig=');
          return body.download_url as string;
        });
        const { token } = owner;
        owner.token = null;
        expect((await owner.download(url)).status).toBe(200);
        expect(codeOf(await owner.download(firmwareId))).toBe('403 DOWNLOAD_SIGNATURE_INVALID');
        const other = await withToken(apps.signed);
        expect(codeOf(await other.download(url))).toBe('403 OTHER_DEVICE');
        expect(codeOf(await other.download(firmwareId))).toBe('403 DOWNLOAD_SIGNATURE_INVALID');
        owner.token = token;
        await admin('POST', `/devices/${owner.id}/block`, undefined, apps.signed);
        owner.token = null;
        expect(codeOf(await owner.download(url))).toBe('403 DEVICE_BLOCKED');
      });

      it('is refused to an unknown device and to one without the right to', async () => {
        expect(codeOf(await admin('POST', '/devices/424242/block'))).toBe('404 DEVICE_NOT_FOUND');
        expect(codeOf(await admin('DELETE', '/devices/424242/token'))).toBe('404 DEVICE_NOT_FOUND');
        expect(codeOf(await clientOf(apps.open).send('POST', '/api/ota/admin/devices/1/block'))).toBe(
          '401 UNAUTHENTICATED',
        );
      });
    });

    describe('by enrolment', () => {
      it('is the same until it is used, and then given to nobody', async () => {
        const key = await newKey();
        const fresh = device(apps.required);
        const { status, body, headers } = await fresh.enroll(key);
        expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
        expect((await fresh.enroll(key)).body).toEqual(body);
        fresh.token = body.device_token;
        expect((await fresh.check()).body.update_available).toBe(true);
        await eventually(async () => expect(codeOf(await fresh.enroll(key))).toBe('409 ALREADY_ENROLLED'));
        expect(await auditOf(`device:${fresh.id}`)).toEqual([`device ${fresh.id} device.enroll done`]);
      });

      it('is given twice at the same time, and counted once', async () => {
        const key = await newKey({ max_devices: 1 });
        const fresh = device();
        const answers = await Promise.all(Array.from({ length: 8 }, () => fresh.enroll(key)));
        expect(new Set(answers.map(({ status, body }) => `${status} ${body.device_token}`)).size).toBe(1);
        expect(codeOf(await device().enroll(key))).toBe('403 ENROLLMENT_KEY_USED_UP');
      });

      it('is not given to more devices than a key is for, however many ask at once', async () => {
        const key = await newKey({ max_devices: 5 });
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            device(index % 2 === 0 ? apps.open : apps.required).enroll(key),
          ),
        );
        const codes = answers.map(codeOf).sort();
        expect(codes).toEqual([
          ...new Array<string>(5).fill('200'),
          ...new Array<string>(15).fill('403 ENROLLMENT_KEY_USED_UP'),
        ]);
        const { body } = await admin('GET', '/enrollment-keys');
        expect(body[0].enrolled).toBe(5);
      });

      const enrolledOf = async (...keys: string[]): Promise<number[]> => {
        const { body } = await admin('GET', '/enrollment-keys');
        return keys.map((key) => {
          const kept = body.find((one: { key_prefix: string }) => key.startsWith(one.key_prefix));
          return kept.enrolled;
        });
      };

      it('moves to another key with its place, so that a device that changes between keys is counted once', async () => {
        const [first, second] = [await newKey({ max_devices: 1 }), await newKey({ max_devices: 1 })];
        const fresh = device();
        const { body } = await fresh.enroll(first);
        expect(await enrolledOf(first, second)).toEqual([1, 0]);
        for (const [key, counts] of [
          [second, [0, 1]],
          [first, [1, 0]],
          [second, [0, 1]],
          [first, [1, 0]],
        ] as const) {
          expect((await fresh.enroll(key)).body).toEqual(body);
          expect(await enrolledOf(first, second)).toEqual(counts);
        }
        expect(codeOf(await device().enroll(first))).toBe('403 ENROLLMENT_KEY_USED_UP');
        expect(codeOf(await device().enroll(second))).toBe('200');
        expect(codeOf(await fresh.enroll(second))).toBe('403 ENROLLMENT_KEY_USED_UP');
        expect(await enrolledOf(first, second)).toEqual([1, 1]);
      });

      it('is counted once, however many devices exchange their keys at once', async () => {
        const keys = [await newKey(), await newKey()] as const;
        const devices = Array.from({ length: 8 }, (_, index) =>
          device(index % 4 < 2 ? apps.open : apps.required),
        );
        await Promise.all(
          devices.map(async (one, index) => {
            for (let turn = 0; turn < 6; turn++) {
              expect(codeOf(await one.enroll((index + turn) % 2 === 0 ? keys[0] : keys[1]))).toBe('200');
            }
          }),
        );
        expect(await enrolledOf(...keys)).toEqual([4, 4]);
      });

      it('waits to be accepted, and is served meanwhile only where nobody needs credentials', async () => {
        const key = await newKey({ requires_acceptance: true });
        const [wanted, unwanted] = [device(), device()];
        for (const one of [wanted, unwanted]) {
          const { status, body } = await one.enroll(key);
          expect([status, body]).toEqual([202, { status: 'pending' }]);
          expect((await one.check()).body.update_available).toBe(true);
          const elsewhere = new Device(clientOf(apps.required), one.id, null);
          expect(codeOf(await elsewhere.check())).toBe('401 DEVICE_UNAUTHENTICATED');
        }
        await admin('POST', `/devices/${wanted.id}/accept`);
        await admin('POST', `/devices/${unwanted.id}/reject`);
        expect((await unwanted.check()).body.reason).toBe('device_blocked');
        expect(codeOf(await unwanted.enroll(key))).toBe('403 DEVICE_BLOCKED');
        wanted.token = (await wanted.enroll(key)).body.device_token;
        expect((await wanted.check()).body.update_available).toBe(true);
        expect(codeOf(await admin('POST', `/devices/${wanted.id}/reject`))).toBe('409 DEVICE_HAS_IDENTITY');
      });

      it('waits to be accepted again after its tokens were revoked', async () => {
        const key = await newKey({ requires_acceptance: true });
        const revoked = await withToken();
        expect((await revoked.check()).body.update_available).toBe(true);
        await admin('DELETE', `/devices/${revoked.id}/token`);
        expect((await revoked.enroll(key)).status).toBe(202);
        await admin('POST', `/devices/${revoked.id}/accept`);
        expect((await revoked.enroll(key)).status).toBe(200);
      });

      it('takes over no device of another type', async () => {
        const known = device();
        await known.check();
        await eventually(async () => {
          const rows = await apps.open.database.query('SELECT FROM device WHERE id = $1', [known.id]);
          expect(rows).toHaveLength(1);
        });
        const key = await newKey({ device_type: 'lamp' });
        expect(codeOf(await known.enroll(key, 'lamp'))).toBe('403 ENROLLMENT_DEVICE_TYPE');
        expect((await known.check()).body.update_available).toBe(true);
      });

      it('says what is wrong with a key', async () => {
        const key = await newKey();
        expect(codeOf(await device().enroll('otae_nonsense'))).toBe('401 ENROLLMENT_KEY_INVALID');
        expect(codeOf(await device().enroll(apps.open.token))).toBe('401 ENROLLMENT_KEY_INVALID');
        expect(codeOf(await device().enroll(key, 'lamp'))).toBe('403 ENROLLMENT_DEVICE_TYPE');
        const { body } = await admin('GET', '/enrollment-keys');
        expect(JSON.stringify(body)).not.toContain(key);
        expect(key.startsWith(body[0].key_prefix)).toBe(true);
        expect((await admin('DELETE', `/enrollment-keys/${body[0].id}`)).body).toEqual({ success: true });
        expect(codeOf(await device().enroll(key))).toBe('401 ENROLLMENT_KEY_REVOKED');
        const ending = await newKey({ expires_at: new Date(Date.now() + 60_000).toISOString() });
        await apps.open.database.query('UPDATE enrollment_key SET expires_at = now() WHERE key_prefix = $1', [
          ending.slice(0, 12),
        ]);
        expect(codeOf(await device().enroll(ending))).toBe('401 ENROLLMENT_KEY_EXPIRED');
        expect(codeOf(await admin('DELETE', '/enrollment-keys/424242'))).toBe('404 ENROLLMENT_KEY_NOT_FOUND');
        const past = { device_type: 'sensor', expires_at: '2020-01-01T00:00:00Z' };
        expect(codeOf(await admin('POST', '/enrollment-keys', past))).toBe('400 VALIDATION_FAILED');
      });
    });

    describe('of a production line', () => {
      const make = (csv: string, more: Question = {}): Promise<Answer> =>
        admin('POST', '/devices/tokens', { csv: `device_id,device_type\n${csv}`, ...more });

      it('is made for all devices of a table', async () => {
        const { status, body } = await make('24:6f:28:03:7e:51,sensor\n51234,sensor\n');
        expect(status).toBe(200);
        expect(body.devices.map((one: Question) => [one['device_id'], one['device_type']])).toEqual([
          [0x246f28037e51, 'sensor'],
          [51234, 'sensor'],
        ]);
        const made = new Device(clientOf(apps.open), 51234, body.devices[1].device_token);
        expect((await made.check()).body.update_available).toBe(true);
        await eventually(async () =>
          expect((await make('51234,sensor\n')).body.errors).toEqual({
            'line 2': ['Device 51234 uses its token, which a reset would revoke.'],
          }),
        );
        expect((await make('51234,sensor\n', { reset: true })).status).toBe(200);
        expect(codeOf(await made.check())).toBe('401 DEVICE_UNAUTHENTICATED');
      });

      it('is made for none when a line is faulty, and all faulty lines are said', async () => {
        const answer = await make('61234,sensor\n0,sensor\n61234,sensor\n');
        expect(codeOf(answer)).toBe('400 DEVICE_LIST_INVALID');
        expect(Object.keys(answer.body.errors)).toEqual(['line 3', 'line 4']);
        expect(await apps.open.database.query('SELECT 1 FROM device_access WHERE device_id = 61234')).toEqual(
          [],
        );
      });

      const many = samples(10_000);
      it(`is made for ${many} in one go`, async () => {
        const lines = Array.from({ length: many }, (_, index) => `${2 ** 52 + index},${'x'.repeat(50)}`);
        const { status, body } = await make(lines.join('\r\n'));
        expect([status, body.devices.length]).toEqual([200, many]);
      });
    });
  });
});

const openAllAround = async ({ open, required, signed }: Apps): Promise<Apps> => ({
  open: await openAroundTheLane(open),
  required: await openAroundTheLane(required),
  signed: await openAroundTheLane(signed),
});
