import { strict as assert } from 'node:assert';
import { DONE, RESTART } from './device.js';
import { assertUpdated } from './scenarios.js';
import type { Scene } from './stage.js';
import type { TcpProxy } from './tcp-proxy.js';

/** What a check says about the device beside its question. */

interface Check {
  readonly current_version: string;
  readonly elf_sha256: string;
  readonly boot_id: number;
  readonly check_interval: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

const MANY = ['--many-attributes'];
const OWN = {
  chip_revision: '1.3',
  slot_size: 1_048_576,
  hw_revision: 'B',
  note: '"quoted" \\ ü € 🚀',
  rssi: -61,
  mains: true,
};

function checksOf({ requests }: TcpProxy): Check[] {
  const heads = [...requests.matchAll(/POST \/api\/ota\/check [^]*?^Content-Length: (\d+)[^]*?\r\n\r\n/gim)];
  return heads.map((head) => {
    const from = head.index + head[0].length;
    const body = requests.slice(from, from + Number(head[1]));
    return JSON.parse(Buffer.from(body, 'latin1').toString()) as Check;
  });
}

/** What the server read in an image, as far as its device says the same. */
interface Application {
  readonly version: string;
  readonly elf_sha256: string;
  readonly chip: string;
  readonly idf_version: string;
  readonly secure_version: number;
}

/** What the server read in the published images, by their versions. */
async function applications({ server }: Scene): Promise<Map<string, Application>> {
  const releases =
    await server.admin<{ version: string; image: { application: Application } }[]>('/firmware');
  return new Map(releases.map(({ version, image }) => [version, image.application]));
}

export async function taken(scene: Scene): Promise<void> {
  const { server, device, proxy, url } = scene;
  assert.deepEqual(await device.runToTheEnd(url, MANY), [RESTART, DONE]);
  assert.deepEqual(await device.runToTheEnd(url, [...MANY, '--cycles', '2']), [DONE]);
  await assertUpdated(scene);
  const checks = checksOf(proxy);
  assert.deepEqual(
    checks.map(({ current_version }) => current_version),
    ['1.0.0', '1.1.0', '1.1.0', '1.1.0'],
  );
  const published = await applications(scene);
  for (const { current_version, elf_sha256, check_interval, attributes } of checks) {
    const { chip, idf_version, secure_version } = attributes;
    const said = { version: current_version, elf_sha256, chip, idf_version, secure_version };
    assert.deepEqual({ ...published.get(current_version), ...said }, published.get(current_version));
    assert.equal(check_interval, 3600);
    assert.deepEqual({ ...attributes, ...OWN }, attributes);
    assert.equal(Object.keys(attributes).length, 20);
  }
  assert.deepEqual(
    checks.map(({ attributes }) => attributes['reset_reason']),
    ['power on', 'software', 'power on', 'power on'],
  );
  const [first, second, third, fourth] = checks.map(({ boot_id }) => boot_id);
  assert.equal(new Set([first, second, third]).size, 3);
  assert.equal(third, fourth);
  assert.doesNotMatch(device.transcript, /left out/);
  assert.deepEqual(await server.droppedFields(), {});
}

/** As a server of before these fields. */
export async function unknown(scene: Scene): Promise<void> {
  scene.proxy.rewrite = (sent) =>
    sent.replace(/"(?=elf_sha256"|boot_id"|check_interval"|attributes")./g, '"_');
  assert.deepEqual(await scene.device.runToTheEnd(scene.url, MANY), [RESTART, DONE]);
  await assertUpdated(scene);
  assert.deepEqual(await scene.server.droppedFields(), {});
}

/** A number below zero of the same length; the digits of a random number may not follow the sign, since JSON has no -01. */
const negative = (digits: string): string => '-'.padEnd(digits.length, '1');

export async function dropped(scene: Scene): Promise<void> {
  scene.proxy.rewrite = (sent) =>
    sent
      .replace(/("elf_sha256":")./, '$1z')
      .replace(
        /("(?:boot_id|check_interval)":)(\d+)/g,
        (_, name: string, digits: string) => name + negative(digits),
      )
      .replace('"chip"', '"CHIP"');
  assert.deepEqual(await scene.device.runToTheEnd(scene.url, MANY), [RESTART, DONE]);
  await assertUpdated(scene);
  assert.deepEqual(await scene.server.droppedFields(), {
    elf_sha256: 2,
    boot_id: 2,
    check_interval: 2,
    attributes: 2,
  });
}
