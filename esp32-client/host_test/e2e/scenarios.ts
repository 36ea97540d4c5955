import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { CYCLE_FAILED, DONE, NEW_IMAGE, PANIC, POWER_CUT, RESTART } from './device.js';
import type { OtaLog } from './server.js';
import type { Scene } from './stage.js';
import { hasFullHandshake, type TcpProxy } from './tcp-proxy.js';

export const CERTIFICATE = 'test/fixtures/tls/localhost.crt';
/** Cuts power in every single operation, which takes minutes. */
const EVERY_CUT = process.env['OTA_E2E_EVERY_CUT'] === '1';
const IMAGE_SIZE = readFileSync(NEW_IMAGE).length;
/** Heads and small bodies of the answers to a check, a download and a handful of reports. */
const HEADERS = 4 * 1024;
const SECTOR = 4096;
/** Bytes that the client requests at once as long as nothing fails. */
const PART = 65_536;

/** One attempt, through all of its statuses. */
function assertSuccess(logs: readonly OtaLog[]): void {
  assert.deepEqual(
    logs.map(({ status }) => status),
    ['success'],
  );
  const [log] = logs;
  const times = [log?.download_started_at, log?.download_completed_at, log?.installed_at];
  assert.ok(
    times.every((time) => time != null),
    `a time is missing: ${times.join(', ')}`,
  );
  assert.deepEqual(times, times.toSorted());
}

/** The reported statuses in order, without repetitions. */
function reported({ requests }: TcpProxy): string[] {
  const all = [...requests.matchAll(/"status":\s*"(\w+)"/g)].map(([, status]) => status ?? '');
  return all.filter((status, i) => status !== all[i - 1]);
}

export async function assertUpdated({ server, device }: Scene): Promise<void> {
  assert.equal(device.version, '1.1.0');
  assert.ok(device.hasNewImage, 'the slot does not hold the image');
  assertSuccess(await server.logs(device.id));
}

export async function plainUpdate(scene: Scene): Promise<void> {
  assert.deepEqual(await scene.device.runToTheEnd(scene.url), [RESTART, DONE]);
  await assertUpdated(scene);
  assert.deepEqual(reported(scene.proxy), ['downloading', 'installing', 'success']);
  assert.equal(scene.proxy.connections.length, 2, 'one connection for each run');
}

export async function blockingUpdate(scene: Scene): Promise<void> {
  assert.deepEqual(await scene.device.runToTheEnd(scene.url, ['--blocking']), [RESTART, DONE]);
  await assertUpdated(scene);
}

export async function cutConnection(scene: Scene): Promise<void> {
  scene.proxy.cutOnceAfter(100_000);
  assert.deepEqual(await scene.device.runToTheEnd(scene.url), [RESTART, DONE]);
  await assertUpdated(scene);
  const offsets = ranges(scene.proxy);
  assert.ok(
    offsets.some((offset) => offset % PART !== 0),
    `asked for ${offsets.join(', ')}`,
  );
  assert.ok(offsets.every((offset) => offset % SECTOR === 0));
}

/** Offsets at which downloads resumed. */
function ranges({ requests }: TcpProxy): number[] {
  return [...requests.matchAll(/^Range: bytes=(\d+)-/gim)].map(([, offset]) => Number(offset));
}

export async function powerCut(scene: Scene): Promise<void> {
  const { device, proxy, url } = scene;
  assert.equal((await device.run(url, [], { cutAt: 102 })).code, POWER_CUT);
  const { progress } = device;
  const before = proxy.received;
  assert.ok(progress > 10 * SECTOR, `${progress} bytes were in flash`);
  assert.deepEqual(await device.runToTheEnd(url), [RESTART, DONE]);
  await assertUpdated(scene);
  assert.ok(ranges(proxy).every((offset) => offset % SECTOR === 0));
  const again = proxy.received - before - (IMAGE_SIZE - progress);
  assert.ok(again <= SECTOR + HEADERS, `${again} bytes more than were missing`);
}

export async function bothCuts(scene: Scene): Promise<void> {
  scene.proxy.cutOnceAfter(60_000);
  assert.equal((await scene.device.run(scene.url, [], { cutAt: 120 })).code, POWER_CUT);
  assert.deepEqual(await scene.device.runToTheEnd(scene.url), [RESTART, DONE]);
  await assertUpdated(scene);
  assert.deepEqual(reported(scene.proxy), ['downloading', 'installing', 'success']);
}

export async function failingDiagnostics(scene: Scene): Promise<void> {
  const { server, device, url, proxy } = scene;
  const codes = await device.runToTheEnd(url, ['--diagnostics', 'fail', '--blocking']);
  assert.deepEqual(codes, [RESTART, RESTART, CYCLE_FAILED]);
  assert.equal(device.version, '1.0.0');
  const logs = await server.logs(device.id);
  assert.deepEqual(
    logs.map(({ status }) => status).filter((status) => status !== 'pending'),
    ['failed'],
  );
  assert.match(logs.find(({ status }) => status === 'failed')?.error_message ?? '', /diagnos/i);
  assert.ok(!reported(proxy).includes('success'));
}

/** Aborts the first run of the new image. */
const BREAK_OFF = ['--diagnostics', 'break-off'];

export async function powerCutInTheTrial(scene: Scene): Promise<void> {
  const { server, device, url } = scene;
  assert.equal((await device.run(url)).code, RESTART);
  assert.equal((await device.run(url, BREAK_OFF)).code, POWER_CUT);
  assert.deepEqual(await device.runToTheEnd(url), [RESTART, DONE]);
  assert.equal(device.version, '1.1.0');
  const logs = await server.logs(device.id);
  assert.deepEqual(
    logs.map(({ status }) => status),
    ['failed', 'success'],
  );
  assert.match(logs[0]?.error_message ?? '', /rolled back.*power on/);
}

export async function powerCutWhileConfirming(scene: Scene): Promise<void> {
  const { device, url } = scene;
  assert.equal((await device.run(url)).code, RESTART);
  // The bootloader marks the image in operations 1 and 2, the application in 3 and 4.
  assert.equal((await device.run(url, [], { cutAt: 3 })).code, POWER_CUT);
  assert.deepEqual(await device.runToTheEnd(url), [RESTART, DONE]);
  await assertUpdated(scene);
}

export async function crash(scene: Scene): Promise<void> {
  const { server, device, url, proxy } = scene;
  assert.equal((await device.run(url)).code, RESTART);
  assert.equal((await device.run(url, BREAK_OFF)).code, POWER_CUT);
  assert.equal((await device.run(url, ['--blocking'], { resetReason: PANIC })).code, CYCLE_FAILED);
  assert.equal(device.version, '1.0.0');
  const [log] = await server.logs(device.id);
  assert.equal(log?.status, 'failed');
  assert.match(log.error_message ?? '', /rolled back.*panic/);
  assert.ok(!reported(proxy).includes('success'));
}

/** The first and the last operations and some between, or all of them. */
function cutPoints(operations: number): number[] {
  const all = Array.from({ length: operations }, (_, i) => i + 1);
  return all.filter((n) => EVERY_CUT || n <= 2 || n > operations - 6 || n % 45 === 0);
}

/** One device for each operation during which power can fail, in the run of the update and in the first run of the new image. */
export async function powerCuts({ server, device, url, newDevice }: Scene): Promise<void> {
  assert.equal((await device.run(url)).code, RESTART);
  const ofUpdate = device.operations;
  assert.equal((await device.run(url)).code, DONE);
  const ofFirstRun = device.operations;
  const points = [
    ...cutPoints(ofUpdate).map((cutAt) => ({ runsBefore: 0, cutAt })),
    ...cutPoints(ofFirstRun).map((cutAt) => ({ runsBefore: 1, cutAt })),
  ];
  for (const { runsBefore, cutAt } of points) {
    const other = newDevice();
    try {
      for (let i = 0; i < runsBefore; i++) await other.run(url);
      assert.equal((await other.run(url, [], { cutAt })).code, POWER_CUT);
      assert.equal((await other.runToTheEnd(url)).at(-1), DONE);
      assert.equal(other.version, '1.1.0');
      assert.ok(other.hasNewImage);
      assert.equal((await server.logs(other.id)).at(-1)?.status, 'success');
    } catch (error) {
      throw new Error(`cut in operation ${cutAt} of run ${runsBefore + 1}:\n${other.transcript}`, {
        cause: error,
      });
    }
  }
}

export async function overHttps(scene: Scene): Promise<void> {
  const { device, proxy, url } = scene;
  const args = ['--root', CERTIFICATE];
  assert.equal((await device.run(url, args)).code, RESTART);
  assert.equal(proxy.connections.length, 1, 'check, download and reports go through one connection');
  assert.equal((await device.run(url, [...args, '--cycles', '3'])).code, DONE);
  await assertUpdated(scene);
  const [, second, ...later] = proxy.connections;
  assert.ok(second !== undefined && hasFullHandshake(second));
  assert.ok(later.length <= 2 && !later.some(hasFullHandshake), 'later cycles resume the session');
}

export async function overHttpsWithCuts(scene: Scene): Promise<void> {
  const args = ['--root', CERTIFICATE];
  scene.proxy.cutOnceAfter(60_000);
  assert.equal((await scene.device.run(scene.url, args, { cutAt: 120 })).code, POWER_CUT);
  assert.deepEqual(await scene.device.runToTheEnd(scene.url, args), [RESTART, DONE]);
  await assertUpdated(scene);
}

export async function unknownRoot({ server, device, url }: Scene): Promise<void> {
  assert.equal((await device.run(url, ['--retries', '1'])).code, CYCLE_FAILED);
  assert.deepEqual(await server.logs(device.id), []);
}

/** With a bootloader without rollback the image stays NEW, which is reported to the server. */
export async function noRollback(scene: Scene): Promise<void> {
  const { server, device, url } = scene;
  assert.equal((await device.run(url, [], { hasRollback: false })).code, RESTART);
  assert.equal((await device.run(url, [], { hasRollback: false })).code, DONE);
  await assertUpdated(scene);
  assert.match((await server.logs(device.id))[0]?.error_message ?? '', /no rollback/);
}
