import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CYCLE_FAILED, DONE, POWER_CUT, RESTART, type Device } from './device.js';
import { assertUpdated, CERTIFICATE } from './scenarios.js';
import { DEVICE_TYPE, json, type ReleasedServer } from './server.js';
import type { Scenario, Scene } from './stage.js';

/** The server demands an identity (DEVICE_AUTH=required) over HTTPS. */

const ROOT = ['--root', CERTIFICATE];
const FACTORY = 'fctry';

async function newKey(server: ReleasedServer, choice: object = {}): Promise<string> {
  const request = json({ device_type: DEVICE_TYPE, ...choice });
  return (await server.admin<{ key: string }>('/enrollment-keys', request)).key;
}

async function revoke(server: ReleasedServer, { id }: Device): Promise<void> {
  await server.admin(`/devices/${id}/token`, { method: 'DELETE' });
}

/** Neither events nor the log may hold a token or a key. */
function assertNothingTold({ transcript }: Device, ...secrets: string[]): void {
  for (const secret of ['otad_', ...secrets])
    assert.ok(!transcript.includes(secret), `the log holds ${secret}`);
}

/** @returns the options of a device that has enrolled and updated itself */
async function enrolled(scene: Scene): Promise<string[]> {
  const key = await newKey(scene.server);
  const args = [...ROOT, '--enroll-key', key];
  assert.deepEqual(await scene.device.runToTheEnd(scene.url, args), [RESTART, DONE]);
  await assertUpdated(scene);
  assertNothingTold(scene.device, key);
  return args;
}

/** Another device has no key and gets nothing. */
export const enrolls: Scenario = async (scene) => {
  await enrolled(scene);
  const stranger = scene.newDevice();
  assert.equal((await stranger.run(scene.url, ROOT)).code, CYCLE_FAILED);
  assert.match(stranger.transcript, /does not accept this device/);
  assert.deepEqual(await scene.server.logs(stranger.id), []);
};

/** The token was revoked, which lets the device enrol again. It does so in its next cycle, and keeps what it gets. */
export const renewsItsToken: Scenario = async (scene) => {
  const args = await enrolled(scene);
  await revoke(scene.server, scene.device);
  assert.equal((await scene.device.run(scene.url, ROOT)).code, CYCLE_FAILED);
  assert.equal((await scene.device.run(scene.url, args)).code, DONE);
  assert.match(scene.device.runs.at(-1)?.output ?? '', /^event enrollment /m);
  assert.equal((await scene.device.run(scene.url, ROOT)).code, DONE);
  assertNothingTold(scene.device);
};

/** Without the token the device has to wait for an admin. */
export const losesItsToken: Scenario = async (scene) => {
  const args = await enrolled(scene);
  scene.device.eraseNvs();
  assert.equal((await scene.device.run(scene.url, args)).code, CYCLE_FAILED);
  assert.match(scene.device.transcript, /already enrolled; an admin must reset this device's token/);
  await revoke(scene.server, scene.device);
  assert.equal((await scene.device.run(scene.url, args)).code, DONE);
};

export const waitsForAcceptance: Scenario = async (scene) => {
  const { server, device, url } = scene;
  const args = [...ROOT, '--enroll-key', await newKey(server, { requires_acceptance: true })];
  for (let times = 0; times < 2; times++) {
    assert.equal((await device.run(url, args)).code, CYCLE_FAILED);
    assert.match(device.transcript, /waiting for acceptance by an operator/);
  }
  await server.admin(`/devices/${device.id}/accept`, { method: 'POST' });
  assert.deepEqual(await device.runToTheEnd(url, args), [RESTART, DONE]);
  await assertUpdated(scene);
};

export const tokenFromTheFactory: Scenario = async (scene) => {
  const { server, device, url, newDevice } = scene;
  const path = `/devices/${device.id}/token`;
  const { device_token } = await server.admin<{ device_token: string }>(path, { method: 'POST' });
  const args = [...ROOT, '--factory-partition', FACTORY];
  device.writeFactoryToken(FACTORY, device_token);
  assert.deepEqual(await device.runToTheEnd(url, args), [RESTART, DONE]);
  await assertUpdated(scene);
  assertNothingTold(device);
  const other = newDevice();
  other.writeFactoryToken(FACTORY, device_token);
  assert.equal((await other.run(url, args)).code, CYCLE_FAILED);
};

/** Power fails in each of the first operations: those of the enrolment and the first ones of the update. */
export const powerCutsWhileEnrolling: Scenario = async ({ server, url, newDevice }) => {
  const args = [...ROOT, '--enroll-key', await newKey(server)];
  for (let cutAt = 1; cutAt <= 6; cutAt++) {
    const device = newDevice();
    assert.equal((await device.run(url, args, { cutAt })).code, POWER_CUT);
    assert.equal((await device.runToTheEnd(url, args)).at(-1), DONE);
    assert.equal(device.version, '1.1.0');
    assert.ok(!device.transcript.includes('already enrolled'), device.transcript);
  }
};

/** A certification authority, and the certificates that it issues. */
export class Authority {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ota-e2e-ca-'));
  readonly certificate = join(this.folder, 'ca.crt');

  constructor() {
    this.openssl(
      'req',
      '-x509',
      ...this.newKey('ca'),
      '-subj',
      '/CN=Devices',
      '-days',
      '2',
      '-out',
      this.certificate,
    );
  }

  /** @returns the options of the device with this common name */
  issue(name: string): string[] {
    const certificate = join(this.folder, `${name}.crt`);
    const request = join(this.folder, `${name}.csr`);
    this.openssl('req', ...this.newKey(name), '-subj', `/CN=${name}`, '-out', request);
    const ca = ['-CA', this.certificate, '-CAkey', join(this.folder, 'ca.key'), '-CAcreateserial'];
    this.openssl('x509', '-req', '-in', request, ...ca, '-days', '2', '-out', certificate);
    return ['--cert', certificate, '--key', join(this.folder, `${name}.key`)];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private newKey(name: string): string[] {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    return [...curve, '-keyout', join(this.folder, `${name}.key`)];
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { stdio: 'pipe' });
  }
}

export const clientCertificate =
  (authority: Authority): Scenario =>
  async (scene) => {
    const { device, url, newDevice } = scene;
    const args = [...ROOT, ...authority.issue(String(device.id))];
    assert.deepEqual(await device.runToTheEnd(url, args), [RESTART, DONE]);
    await assertUpdated(scene);
    assert.equal((await newDevice().run(url, args)).code, CYCLE_FAILED, 'the certificate of another device');
  };
