import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { CYCLE_FAILED, DONE, RESTART } from './device.js';
import { json } from './server.js';
import type { Scene } from './stage.js';

/** Also waits until a device is silent, which takes minutes. */
const WAITS = process.env['OTA_E2E_EVERY_CUT'] === '1';

interface Rollout {
  readonly id: number;
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * 1.1.0 comes by a rollout: one device confirms it, one rolls back, and one dies in its first run; a day later it is back.
 */
export async function inARollout({ server, device, url, newDevice }: Scene): Promise<void> {
  const firmware = await server.admin<{ id: number; version: string }[]>('/firmware');
  const { id: firmwareId = 0 } = firmware.find(({ version }) => version === '1.1.0') ?? {};
  await server.admin(`/firmware/${firmwareId}`, { ...json({ is_stable: false }), method: 'PATCH' });
  const made = await server.admin<Rollout>(
    '/rollouts',
    json({ firmware_id: firmwareId, silent_after_minutes: 1 }),
  );
  const counts = async (): Promise<Rollout['counts']> =>
    (await server.admin<Rollout>(`/rollouts/${made.id}`)).counts;
  await server.admin(`/rollouts/${made.id}/start`, json({}));

  assert.deepEqual(await device.runToTheEnd(url), [RESTART, DONE]);
  assert.equal(device.version, '1.1.0');
  assert.deepEqual(pick(await counts()), { offered: 1, pending: 0, confirmed: 1, failed: 0, silent: 0 });

  const second = newDevice();
  const codes = await second.runToTheEnd(url, ['--diagnostics', 'fail', '--blocking']);
  assert.deepEqual(codes.slice(0, 2), [RESTART, RESTART]);
  assert.ok(codes.at(-1) === CYCLE_FAILED || codes.at(-1) === DONE);
  assert.equal(second.version, '1.0.0');
  assert.deepEqual(pick(await counts()), { offered: 2, pending: 0, confirmed: 1, failed: 1, silent: 0 });
  // It is not offered the same again.
  assert.equal((await second.run(url)).code, DONE);
  assert.equal((await counts())['offered'], 2);

  const third = newDevice();
  assert.equal((await third.run(url)).code, RESTART);
  assert.deepEqual(pick(await counts()), { offered: 3, pending: 1, confirmed: 1, failed: 1, silent: 0 });
  if (!WAITS) return;
  while ((await counts())['silent'] === 0) await sleep(1_000);
  assert.deepEqual(pick(await counts()), { offered: 3, pending: 0, confirmed: 1, failed: 1, silent: 1 });
  assert.deepEqual(await third.runToTheEnd(url), [DONE]);
  assert.deepEqual(pick(await counts()), { offered: 3, pending: 0, confirmed: 2, failed: 1, silent: 0 });
}

function pick({ offered, pending, confirmed, failed, silent }: Rollout['counts']): object {
  return { offered, pending, confirmed, failed, silent };
}
