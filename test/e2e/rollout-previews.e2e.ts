import fc from 'fast-check';
import { Client, eventually, someBytes } from '../support/http-client.js';
import { PATIENCE } from '../support/patience.js';
import { samples } from '../support/samples.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** Each scene is a fleet of its own, whose checks and facts are waited for. */
const LONG_MS = 90_000 * PATIENCE;

const VERSIONS = ['1.0.0', '1.5.0', '1.9.0', '2.0.0', '2.1.0', 'nightly'];
const TARGETS = [
  null,
  'tag:a',
  '-tag:a',
  'tag:a OR channel:beta',
  'channel:beta -tag:b',
  'hw_revision:B',
  'version:<1.9.0',
  'group:pilots',
  'group:pilots -hw_revision:A',
];

const device = fc.record({
  version: fc.constantFrom(...VERSIONS),
  build: fc.integer({ min: 1, max: 2 }),
  channel: fc.constantFrom(null, 'beta'),
  tags: fc.subarray(['a', 'b']),
  hwRevision: fc.constantFrom('A', 'B'),
  secureVersion: fc.integer({ min: 0, max: 1 }),
  acceptsDowngrade: fc.boolean(),
  isPilot: fc.boolean(),
});
const scene = fc.record({
  devices: fc.array(device, { minLength: 4, maxLength: 12 }),
  target: fc.constantFrom(...TARGETS),
  allowDowngrade: fc.boolean(),
  other: fc.option(
    fc.record({ version: fc.constantFrom('1.9.0', '2.1.0'), target: fc.constantFrom(...TARGETS) }),
  ),
});
type Device = typeof device extends fc.Arbitrary<infer D> ? D : never;

describe('the preview of a rollout', () => {
  let app: TestApp;
  let client: Client;
  let group: number;
  let scenes = 0;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
    group = (await client.admin('POST', '/groups', { body: { name: 'pilots' } })).body.id as number;
  });
  afterAll(() => app.close());

  const publish = async (device_type: string, version: string): Promise<number> => {
    const { body } = await client.publish(someBytes(500), { device_type, version, is_stable: false });
    return body.id as number;
  };
  const rollouts = async (path: string, body?: object): Promise<Record<string, unknown>> => {
    const answer = await client.admin('POST', `/rollouts${path}`, body ? { body } : {});
    expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
    return answer.body as Record<string, unknown>;
  };
  /** @returns how to end it */
  const start = async (choice: object): Promise<() => Promise<unknown>> => {
    const { id } = await rollouts('', { ...choice, ramp: 'all' });
    await rollouts(`/${String(id)}/start`);
    return () => rollouts(`/${String(id)}/abort`);
  };
  const checkOf = (device_type: string, device_id: number, one: Device): Record<string, unknown> => ({
    device_id,
    device_type,
    current_version: one.version,
    current_build: one.build,
    accepts_downgrade: one.acceptsDowngrade,
    attributes: { hw_revision: one.hwRevision, secure_version: one.secureVersion },
  });

  it(
    'counts exactly those devices that are offered the firmware',
    async () => {
      await fc.assert(
        fc.asyncProperty(scene, async ({ devices, target, allowDowngrade, other }) => {
          scenes += 1;
          const device_type = `scene${scenes}`;
          const fleet = devices.map((one, nth) => ({ id: scenes * 100 + nth, one }));
          for (const { id, one } of fleet) await client.check(checkOf(device_type, id, one));
          await eventually(async () => {
            const { body } = await client.admin('GET', `/devices?q=type:${device_type}`);
            expect(body).toHaveLength(fleet.length);
          });
          for (const { id, one } of fleet)
            await client.admin('PATCH', `/devices/${id}`, { body: { channel: one.channel, tags: one.tags } });
          const device_ids = fleet.flatMap(({ id, one }) => (one.isPilot ? [id] : []));
          await client.admin('PUT', `/groups/${group}/members`, { body: { device_ids } });
          const ends: (() => Promise<unknown>)[] = [];
          if (other)
            ends.push(
              await start({ firmware_id: await publish(device_type, other.version), target: other.target }),
            );
          const firmware_id = await publish(device_type, '2.0.0');
          const choice = { firmware_id, target, allow_downgrade: allowDowngrade, ramp: 'all' };
          const preview = await rollouts('/preview', choice);
          const leftOut = preview['left_out'] as { count: number; example_ids: number[] }[];
          ends.push(await start(choice));
          const offered = new Set<number>();
          // What the targets ask of devices is read when a rollout asks for it first.
          await eventually(async () => {
            for (const { id, one } of fleet) {
              const { body } = await client.check(checkOf(device_type, id, one));
              if (body.firmware_id === firmware_id) offered.add(id);
            }
            expect(offered.size).toBe(preview['matched']);
          });
          for (const end of ends) await end();
          expect(leftOut.flatMap(({ example_ids }) => example_ids).filter((id) => offered.has(id))).toEqual(
            [],
          );
          expect(leftOut.reduce((sum, { count }) => sum + count, offered.size)).toBe(fleet.length);
        }),
        { numRuns: samples(15) },
      );
    },
    LONG_MS,
  );

  it(
    'counts how many are offered it first, by phases and windows',
    async () => {
      const zones = ['Etc/UTC', 'Etc/GMT-12'];
      const windowNow = (): object => {
        const timeOf = (hours: number): string =>
          new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
        const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
        return { days, from: timeOf(-2), to: timeOf(2) };
      };
      const phase = fc.constantFrom<object>(
        { share: 0.03 },
        { share: 0.1 },
        { share: 0.5 },
        { count: 1 },
        { target: 'hw_revision:A' },
      );
      const first = fc.record({
        size: fc.constantFrom(6, 20),
        phase,
        hasWindow: fc.boolean(),
        zone: fc.constantFrom(undefined, ...zones),
      });
      await fc.assert(
        fc.asyncProperty(first, async ({ size, phase: one, hasWindow, zone }) => {
          scenes += 1;
          const device_type = `scene${scenes}`;
          const fleet = Array.from({ length: size }, (_, nth) => ({
            ...{ device_id: scenes * 100 + nth, device_type, current_version: '1.0.0' },
            attributes: { hw_revision: nth % 3 === 0 ? 'A' : 'B', time_zone: zones[nth % 2] },
          }));
          for (const check of fleet) await client.check(check);
          await eventually(async () => {
            const { body } = await client.admin('GET', `/devices?q=type:${device_type}`);
            expect(body).toHaveLength(size);
          });
          const choice = {
            firmware_id: await publish(device_type, '2.0.0'),
            ...{ phases: [one], time_zone: zone },
            ...(hasWindow && { windows: [windowNow()] }),
          };
          const preview = await rollouts('/preview', choice);
          const { id } = await rollouts('', choice);
          await rollouts(`/${String(id)}/start`);
          const offered = new Set<number>();
          const ask = async (): Promise<void> => {
            for (const check of fleet) {
              const { body } = await client.check(check);
              if (body.update_available === true) offered.add(check.device_id);
            }
          };
          await eventually(async () => {
            await ask();
            expect(offered.size).toBe(preview['offered_first']);
          });
          await ask();
          expect(offered.size).toBe(preview['offered_first']);
          await rollouts(`/${String(id)}/abort`);
        }),
        { numRuns: samples(12) },
      );
    },
    LONG_MS,
  );
});
