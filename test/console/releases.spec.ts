import type { Browser } from 'playwright-core';
import { eventually, image } from '../support/http-client.js';
import { openBrowser, Visitor } from './support/browser.js';
import { ConsoleServer } from './support/console-server.js';
import { atEachSize, expectReadable } from './support/readable.js';

const FILE = 'demo_sensor-1.2.3-esp32c3-sbv2-rsa.bin';
const TYPE = 'demo_sensor';

/** A file that is not what it seems, and what the server says of it. */
const DAMAGES: readonly (readonly [string, (bytes: Buffer) => Buffer, RegExp])[] = [
  ['a truncated image', (bytes) => bytes.subarray(0, 70_000), /ends|truncated|incomplete|shorter/i],
  ['an image with a flipped byte', flipped, /hash|checksum|damaged/i],
  ['a text', () => Buffer.from('hello '.repeat(2_000)), /text/i],
  ['a merged flash image', merged, /flash|bootloader|partition|application/i],
];

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[40_000]! ^= 1;
  return copy;
}

/** What `esptool merge_bin` writes: bootloader, partition table and application in one file, from 0x1000 on. */
function merged(bytes: Buffer): Buffer {
  const whole = Buffer.alloc(0x10000 + bytes.length, 0xff);
  whole[0] = 0xe9;
  Buffer.from([0xaa, 0x50, 0x01, 0x02]).copy(whole, 0x8000);
  bytes.copy(whole, 0x10000);
  return whole;
}

describe('releases', () => {
  let server: ConsoleServer;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    [server, browser] = await Promise.all([
      ConsoleServer.start({ REQUIRE_ESP_IMAGE: 'true' }),
      openBrowser(),
    ]);
    visitor = await Visitor.open(server, browser);
    await visitor.logIn('/releases');
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  const drop = (name: string, bytes: Buffer): Promise<void> =>
    visitor.page
      .locator('input[type=file]')
      .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: bytes });
  const files = async (): Promise<number> =>
    ((await server.admin('GET', '/store')) as { files: number }).files;
  const offered = async (): Promise<boolean> => {
    const answer = await server.client.check({
      device_id: 900_000_001,
      device_type: TYPE,
      current_version: '1.0.0',
    });
    return (answer.body as { update_available: boolean }).update_available;
  };

  it('shows what is in an image before anything is stored', async () => {
    const { page } = visitor;
    await page.getByText('Nothing is published yet.').waitFor();
    await drop(FILE, await image(FILE));
    await page.getByText('ESP32-C3, revision v0.3 to v1.99').waitFor();
    await page.getByText('Secure Boot v2, RSA-3072').waitFor();
    expect(await page.getByLabel('Version', { exact: true }).inputValue()).toBe('1.2.3');
    await page.getByRole('button', { name: 'Publish as 1.2.3' }).waitFor();
    expect(await files()).toBe(0);
    await visitor.picture('release-dropped');
    expect(await visitor.inaccessible()).toEqual([]);
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  it.each(DAMAGES)('refuses %s with one sentence, and stores nothing', async (name, spoil, sentence) => {
    const { page } = visitor;
    await drop(`${name}.bin`, spoil(await image(FILE)));
    await page.getByRole('heading', { name: `${name}.bin` }).waitFor();
    await eventually(async () => {
      const alerts = await page.getByRole('alert').allTextContents();
      if (alerts.length !== 1) throw new Error(alerts.join(' | '));
      expect(alerts[0]).toMatch(sentence);
    });
    expect(await page.getByRole('button', { name: /^Publish/ }).count()).toBe(0);
    expect(await files()).toBe(0);
    await page.getByRole('button', { name: 'Close, nothing is stored' }).click();
  });

  it('publishes, takes it back with Undo, and publishes it again', async () => {
    const { page } = visitor;
    const publish = async (): Promise<void> => {
      await drop(FILE, await image(FILE));
      await page.getByText(`All devices of ${TYPE} at once`).click();
      await page.getByRole('button', { name: 'Publish as 1.2.3' }).click();
      await page.getByText(/^1\.2\.3 is stable: /).waitFor();
    };
    await publish();
    await eventually(async () => expect(await offered()).toBe(true));
    await page.getByRole('button', { name: 'Undo' }).click();
    await eventually(async () => expect(await offered()).toBe(false));
    await publish();
    await eventually(async () => expect(await offered()).toBe(true));
    expect(visitor.faults).toEqual([]);
  });

  it('refuses an image of another chip than before, and says so', async () => {
    const { page } = visitor;
    const other = await image('scales_bridge_tab5-1.0.0-esp32p4.bin');
    await drop('other.bin', other);
    const type = page.getByLabel('Device type');
    await type.fill(TYPE);
    await type.blur();
    await page.getByText(/runs on ESP32-C3/).waitFor();
    expect(await page.getByRole('button', { name: /^Publish/ }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  it('shows a release, its notes as they were written, and what can be done with it', async () => {
    const { page } = visitor;
    const hostile = `<img src=x onerror=alert(1)> \u202Eabc ${'long '.repeat(400)}🙂`;
    const [{ id }] = (await server.admin('GET', '/firmware')) as [{ id: number }];
    await server.admin('PATCH', `/firmware/${id}`, { release_notes: hostile });
    await visitor.goTo(`/releases/${id}`);
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    await page.getByRole('button', { name: 'Verify the file' }).click();
    await page.getByText('The stored file of 1.2.3 is undamaged.').waitFor();
    await page.getByRole('button', { name: 'Withdraw 1.2.3' }).click();
    await page.getByText('1.2.3 is withdrawn: it is neither offered nor served.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await page.getByRole('button', { name: 'Withdraw 1.2.3' }).waitFor();
    expect(visitor.faults).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('can be read by everybody: %s', async (theme) => {
    const [{ id }] = (await server.admin('GET', '/firmware')) as [{ id: number }];
    await atEachSize([server, browser], theme, async (other, look) => {
      await other.logIn('/releases');
      for (const [name, path] of [
        ['releases', '/releases'],
        ['release', `/releases/${id}`],
      ] as const) {
        await other.goTo(path);
        await expectReadable(other, name, look);
      }
    });
  });

  it('has no controls for who may only look', async () => {
    await server.admin('POST', '/users', {
      username: 'vera',
      password: 'four words of no sentence',
      role: 'viewer',
    });
    const vera = await Visitor.open(server, browser);
    await vera.logIn('/releases', { username: 'vera', password: 'four words of no sentence' });
    await vera.page
      .getByRole('link', { name: /^1\.2\.3/ })
      .first()
      .waitFor();
    expect(await vera.page.locator('input[type=file]').count()).toBe(0);
    await vera.page
      .getByRole('link', { name: /^1\.2\.3/ })
      .first()
      .click();
    await vera.page.getByRole('heading', { name: 'Image' }).waitFor();
    expect(await vera.page.getByRole('button', { name: /Withdraw|Verify|Edit/ }).count()).toBe(0);
    await vera.close();
  });
});
