import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { CYCLE_FAILED, DONE, RESTART, type Device } from './device.js';
import type { Scene } from './stage.js';

/**
 * Updates while an operator restarts the server, the server is busy, or NVS is full. Each ends on the expected image, with only the restart
 * that the update needs.
 */

/** Tests every step and every place, which takes minutes. Otherwise some of them. */
const EVERY = process.env['OTA_E2E_EVERY_CUT'] === '1';
/** Requests of an undisturbed update: check, two reports, six parts; then, on the new image, its report and a check. */
const REQUESTS = 11;
/** Enough retries for a short outage of the server. */
const PATIENT = ['--cycles', '4'];

/** When the fault occurs: before the n-th request is forwarded, or after the first bytes of its response. */
interface Step {
  readonly request: number;
  readonly isInside: boolean;
}

const STEPS: readonly Step[] = Array.from({ length: REQUESTS }, (_, i) => i + 1).flatMap((request) => [
  { request, isInside: false },
  { request, isInside: true },
]);

async function assertOnTheNewImage({ server }: Scene, device: Device): Promise<void> {
  assert.equal(device.version, '1.1.0');
  assert.ok(device.hasNewImage, 'the slot does not hold the image');
  assert.equal((await server.logs(device.id)).at(-1)?.status, 'success');
}

/** Updates one device, with a fault in one step. */
async function updateThrough(scene: Scene, step: Step, trouble: () => Promise<void>): Promise<void> {
  const { proxy } = scene;
  const device = scene.newDevice();
  const first = proxy.requestCount;
  let isDue = false;
  let inside = Promise.resolve();
  proxy.onRequest = async (count) => {
    const isStep = count - first === step.request;
    isDue ||= isStep && step.isInside;
    if (isStep && !step.isInside) await trouble();
  };
  proxy.onAnswer = () => {
    if (!isDue) return;
    isDue = false;
    inside = trouble();
    inside.catch(() => undefined); // awaited below
  };
  try {
    const codes = await device.runToTheEnd(scene.url, PATIENT);
    await inside;
    assert.deepEqual(codes, [RESTART, DONE]);
    await assertOnTheNewImage(scene, device);
  } catch (error) {
    const where = `${step.isInside ? 'inside the answer to' : 'before'} request ${step.request}`;
    throw new Error(`${where}:\n${device.transcript}`, { cause: error });
  } finally {
    proxy.onRequest = () => undefined;
    proxy.onAnswer = () => undefined;
  }
}

/** SIGHUP to a server with two workers, which are replaced one by one and close their connections. */
export async function rollingRestarts(scene: Scene): Promise<void> {
  for (const step of STEPS) {
    await updateThrough(scene, step, async () => {
      scene.server.roll();
      await sleep(step.isInside ? 0 : 300);
    });
  }
}

/** SIGTERM, and a start a moment later. Connections are refused in between. */
export async function restarts(scene: Scene): Promise<void> {
  const steps = EVERY ? STEPS : STEPS.filter(({ request }) => [1, 4, 9].includes(request)).slice(1, 5);
  for (const step of steps) {
    let isUp = Promise.resolve();
    await updateThrough(scene, step, () => {
      isUp = scene.server.restart().then(() => void (scene.proxy.target = scene.server.port));
      isUp.catch(() => undefined); // awaited below
      return step.isInside ? isUp : Promise.resolve();
    });
    await isUp;
  }
}

/** A URL that was signed for two seconds expires during the download. */
export async function expiredUrl(scene: Scene): Promise<void> {
  const { proxy, device, server } = scene;
  let downloads = 0;
  let isExpired = false;
  proxy.onRequest = async (_count, head) => {
    downloads += head.startsWith('GET') ? 1 : 0;
    if (head.startsWith('GET') && downloads === 3) await sleep(3500);
  };
  proxy.onAnswer = (text) => (isExpired ||= text.startsWith('HTTP/1.1 403'));
  assert.deepEqual(await device.runToTheEnd(scene.url), [RESTART, DONE]);
  await assertOnTheNewImage(scene, device);
  assert.ok(isExpired, 'no URL expired');
  const logs = await server.logs(device.id);
  assert.deepEqual(
    logs.map(({ status }) => status),
    ['success'],
  );
}

/** The server refuses a check because its event loop is late. The device waits, and a later cycle succeeds. */
export async function overload(scene: Scene): Promise<void> {
  const { proxy, server, device } = scene;
  let isRefused = false;
  proxy.onAnswer = (text) => (isRefused ||= /^HTTP\/1\.1 503.*OVERLOADED/s.test(text));
  const busy = server.overload(() => isRefused);
  await sleep(2500);
  const codes = await device.runToTheEnd(scene.url);
  await busy;
  assert.ok(isRefused, 'nothing was refused');
  await sleep(2000); // until it is no longer late
  if (codes.at(-1) === CYCLE_FAILED) codes.push(...(await device.runToTheEnd(scene.url)));
  assert.deepEqual(
    codes.filter((code) => code !== CYCLE_FAILED),
    [RESTART, DONE],
  );
  await assertOnTheNewImage(scene, device);
}

/** NVS has no space for the n-th record of a run. The device keeps its image, and updates once NVS has space. */
export async function fullNvs(scene: Scene): Promise<void> {
  const { url, newDevice } = scene;
  for (const commits of [0, 1, 2, 3]) {
    const device = newDevice();
    device.nvsFullAfter = commits;
    const codes = await device.runToTheEnd(url, PATIENT);
    assert.ok(codes.filter((code) => code === RESTART).length <= 1, `${commits}: ${codes.join(' ')}`);
    assert.ok([DONE, CYCLE_FAILED].includes(codes.at(-1) ?? -1), `${commits}: ${codes.join(' ')}`);
    // The bootloader's own sector; with one save, the journal's sector too, for each of three attempts.
    const most = [1, 4][commits] ?? Infinity;
    assert.ok(device.erases <= most, `${commits}: ${device.erases} sectors were erased`);
    device.nvsFullAfter = undefined;
    const rest = await device.runToTheEnd(url, PATIENT);
    assert.equal(rest.at(-1), DONE);
    await assertOnTheNewImage(scene, device);
  }
}
