import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { DONE, RESTART, type Device } from './device.js';
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

  await installs(device, url);
  assert.equal((await device.run(url)).code, DONE);
  assert.equal(device.version, '1.1.0');
  assert.deepEqual(pick(await counts()), { offered: 1, pending: 0, confirmed: 1, failed: 0, silent: 0 });

  const second = newDevice();
  const failing = ['--diagnostics', 'fail', '--blocking'];
  await installs(second, url, failing);
  assert.equal((await second.run(url, failing)).code, RESTART);
  // It reports the failure. It may be offered the same once more, until the server's memory has heard of it, and refuses.
  for (let tries = 1; (await second.run(url, failing)).code !== DONE; tries++)
    assert.ok(tries < 10, second.transcript);
  assert.equal(second.version, '1.0.0');
  assert.deepEqual(pick(await counts()), { offered: 2, pending: 0, confirmed: 1, failed: 1, silent: 0 });

  const third = newDevice();
  await installs(third, url);
  assert.deepEqual(pick(await counts()), { offered: 3, pending: 1, confirmed: 1, failed: 1, silent: 0 });
  if (!WAITS) return;
  while ((await counts())['silent'] === 0) await sleep(1_000);
  assert.deepEqual(pick(await counts()), { offered: 3, pending: 0, confirmed: 1, failed: 1, silent: 1 });
  assert.deepEqual(await third.runToTheEnd(url), [DONE]);
  assert.deepEqual(pick(await counts()), { offered: 3, pending: 0, confirmed: 2, failed: 1, silent: 0 });
}

/** A device asks again until the rollout has room for it. */
async function installs(device: Device, url: string, args: readonly string[] = []): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { code } = await device.run(url, args);
    if (code === RESTART) return;
    assert.ok(code === DONE && tries < 20, device.transcript);
  }
}

function pick({ offered, pending, confirmed, failed, silent }: Rollout['counts']): object {
  return { offered, pending, confirmed, failed, silent };
}
