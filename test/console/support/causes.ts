import { someBytes } from '../../support/http-client.js';
import type { ConsoleServer } from './console-server.js';
import { inDatabase } from './database.js';
import { check, update, type SpokenDevice } from './spoken-devices.js';

export interface Cause {
  readonly name: string;
  readonly deviceId: number;
  /** The step that is the reason; null: nothing keeps it. */
  readonly step: string | null;
}

const FIRST_ID = 0x24_6f_28_aa_c1_00;

/** A device for each reason why one is not updated, told apart by their last four digits. */
export async function plantCauses(server: ConsoleServer, dataDir: string): Promise<readonly Cause[]> {
  const publish = async (device_type: string, version: string, more: object = {}): Promise<number> => {
    const answer = await server.client.publish(someBytes(500), { device_type, version, ...more });
    if (answer.status >= 400) throw new Error(answer.bytes.toString());
    return (answer.body as { id: number }).id;
  };
  const device = (n: number, device_type: string, current_version = '1.0.0'): SpokenDevice => ({
    device_id: FIRST_ID + n,
    device_type,
    current_version,
  });
  const start = async (firmware_id: number, more: object): Promise<number> => {
    const { id } = (await server.admin('POST', '/rollouts', { firmware_id, ...more })) as { id: number };
    await server.admin('POST', `/rollouts/${id}/start`);
    return id;
  };

  const stateOf = async (id: number): Promise<string> =>
    ((await server.admin('GET', `/rollouts/${id}`)) as { state: string }).state;

  await publish('why_plain', '1.1.0');
  await publish('why_floor', '2.0.0', { min_current_version: '1.5.0' });
  const waited = await publish('why_waits', '1.1.0', { is_stable: false });
  const bad = await publish('why_halts', '1.1.0', { is_stable: false });
  const spent = await publish('why_spent', '1.1.0', { is_stable: false });

  const silent = device(0x01, 'why_plain');
  const floored = device(0x02, 'why_floor');
  const waiting = device(0x03, 'why_waits');
  const halted = device(0x04, 'why_halts');
  const blocked = device(0x05, 'why_plain');
  const exhausted = device(0x06, 'why_spent');
  const mistyped = device(0x07, 'why_plian');
  const current = device(0x08, 'why_plain', '1.1.0');
  const firstOnes = Array.from({ length: 12 }, (_, n) => device(0x20 + n, 'why_halts'));
  const all = [silent, floored, waiting, halted, blocked, exhausted, mistyped, current, ...firstOnes];
  const before = ((await server.admin('GET', '/devices/summary')) as { total: number }).total;
  await check(server, all);
  await server.knows(before + all.length);

  await start(waited, { phases: [{ target: 'tag:nobody', soak_minutes: 60 }] });
  const haltedId = await start(bad, { ramp: 'all' });
  await update(
    server,
    firstOnes,
    () => 'rolled back: diagnostics failed',
    async () => (await stateOf(haltedId)) === 'halted',
  );
  await start(spent, { max_failure_rate: 0.5 });
  let isSpent = false;
  await update(
    server,
    [exhausted],
    () => {
      isSpent = true;
      return 'the image is signed with another key';
    },
    () => Promise.resolve(isSpent),
  );
  await check(server, [waiting, halted, exhausted, current]);
  await server.admin('POST', `/devices/${blocked.device_id}/block`);
  await inDatabase(dataDir, [
    `UPDATE device SET last_seen_at = now() - interval '3 days' WHERE id = ${silent.device_id}`,
  ]);

  const cause = (name: string, { device_id }: SpokenDevice, step: string | null): Cause => ({
    name,
    deviceId: device_id,
    step,
  });
  return [
    cause('it is silent', silent, 'heard_lately'),
    cause('it is below the floor', floored, 'floor_met'),
    cause('a rollout has not come to it', waiting, 'rollout'),
    cause('its rollout halted', halted, 'rollout'),
    cause('it is blocked', blocked, 'admitted'),
    cause('it has failed with it', exhausted, 'rollout'),
    cause('its type is wrong', mistyped, 'release_exists'),
    cause('it is up to date', current, null),
  ];
}
