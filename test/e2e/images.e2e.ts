import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyDigest } from '../../src/domain/esp-image/signing-key.js';
import { anEspImage } from '../support/esp-image-builder.js';
import { flipBit } from '../support/esp-image-defects.js';
import { aMergedImage } from '../support/esp-image-relatives.js';
import {
  Client,
  eventually,
  image,
  multipart,
  sha256,
  someBytes,
  type Answer,
} from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const C3 = 0x05;
const P4 = 0x12;
const outcome = ({ status, body }: Answer): unknown[] => [status, body.code];

/** An image is read while it is uploaded, and binds what may be published after it. */
describe('images', () => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    // As the server is by default.
    app = await startTestApp({ env: { REQUIRE_ESP_IMAGE: '' } });
    client = new Client(app);
  });
  afterAll(() => app.close());

  const filesOf = async (folder: string): Promise<string[]> => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  };

  it('tells what it read in one', async () => {
    const file = await image('demo_sensor-1.2.3-esp32c3-sbv2-rsa.bin');
    const uploaded = await client.upload(file, { device_type: 'signed', version: '1.2.3' });
    expect(uploaded.body.image).toMatchObject({
      kind: 'application',
      application: {
        chip: 'ESP32-C3',
        project_name: 'demo_sensor',
        version: '1.2.3',
        signature: { scheme: 'secure-boot-v2', blocks: [{ algorithm: 'RSA-3072' }] },
      },
      warnings: [],
    });
    const registered = await client.admin('POST', '/firmware', {
      body: { ...uploaded.body, build_number: 1, is_stable: true },
    });
    const shown = await client.admin('GET', `/firmware/${registered.body.id}`);
    const listed = await client.admin('GET', '/firmware?device_type=signed');
    for (const { image } of [registered.body, shown.body, listed.body[0]])
      expect(image).toEqual(uploaded.body.image);
  });

  it.each([
    ['a flipped bit', flipBit(anEspImage().build(), 40_000 * 8), 'IMAGE_CHECKSUM_MISMATCH'],
    ['a wrong hash', anEspImage().wrongHash().build(), 'IMAGE_HASH_MISMATCH'],
    ['an end too early', anEspImage().build().subarray(0, 30_000), 'IMAGE_TRUNCATED'],
    ['no segments', anEspImage().lyingSegmentCount(0).build(), 'IMAGE_SEGMENTS_INVALID'],
    ['something behind it', Buffer.concat([anEspImage().build(), Buffer.alloc(100)]), 'IMAGE_TRAILING_BYTES'],
    ['a bootloader and partitions', aMergedImage(C3), 'IMAGE_NOT_AN_APPLICATION'],
    ['the text of a web page', Buffer.from('<!DOCTYPE html><title>404</title>'), 'IMAGE_IS_TEXT'],
    ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), 'IMAGE_IS_TEXT'],
    ['an archive', Buffer.from('PK\x03\x04\x14\0', 'latin1'), 'IMAGE_REQUIRED'],
    ['bytes of no known format', someBytes(5_000), 'IMAGE_REQUIRED'],
    ['a version that nobody can order', anEspImage().version('2f061cb').build(), 'IMAGE_VERSION_UNPARSABLE'],
    ['another version', anEspImage().version('0.9.0').build(), 'IMAGE_VERSION_MISMATCH'],
  ])('with %s are refused, and leave no file', async (_what, file, code) => {
    const answer = await client.upload(file, { device_type: 'refused', version: '1.0.0' });
    expect(outcome(answer)).toEqual([422, code]);
    expect(await filesOf(app.config.firmwareStore)).not.toContain('v1.0.0.bin');
    expect(await filesOf(join(app.config.firmwareStore, '.uploads'))).toEqual([]);
  });

  it('are published as the version that they say', async () => {
    const upload = (file: Buffer, fields: Record<string, string> = {}) =>
      client.upload(file, { device_type: 'versions', ...fields });
    const file = anEspImage().version('v2.0.0+45').build();
    expect(outcome(await upload(file, { version: '2.0.1' }))).toEqual([422, 'IMAGE_VERSION_MISMATCH']);
    expect((await upload(file)).body).toMatchObject({ version: '2.0.0', build_number: 45 });
    const meant = await upload(file, { version: '2.0.1', allow_version_mismatch: 'true' });
    expect(meant.body).toMatchObject({ version: '2.0.1' });
    const register = (more: object) =>
      client.admin('POST', '/firmware', { body: { ...meant.body, build_number: 1, ...more } });
    expect(outcome(await register({}))).toEqual([422, 'IMAGE_VERSION_MISMATCH']);
    expect((await register({ allow_version_mismatch: true })).status).toBe(200);

    const described = anEspImage().version('v2.0.0-3-gabc1234-dirty').build();
    expect(outcome(await upload(described))).toEqual([400, 'VALIDATION_FAILED']);
    expect(outcome(await upload(described, { version: '3.0.0' }))).toEqual([422, 'IMAGE_VERSION_MISMATCH']);
    const { body } = await upload(described, { version: '3.0.0', allow_version_mismatch: 'true' });
    expect(body.image.warnings).toEqual([expect.stringMatching(/not a semantic version/)]);
    const others = await upload(someBytes(100), { version: '4.0.0', allow_unknown_format: 'true' });
    expect(others.body.image).toMatchObject({ kind: 'unknown', application: null });
  });

  it('and as the build that they say', async () => {
    const file = anEspImage().version('1.1.0+2').build();
    const upload = (fields: Record<string, string>) =>
      client.upload(file, { device_type: 'builds', version: '1.1.0', ...fields });
    expect(outcome(await upload({ build_number: '57' }))).toEqual([422, 'IMAGE_VERSION_MISMATCH']);
    expect((await upload({ build_number: '2' })).body.build_number).toBe(2);
    expect(outcome(await upload({ build_number: '0' }))).toEqual([400, 'VALIDATION_FAILED']);
    const uploaded = await upload({});
    const register = (more: object) =>
      client.admin('POST', '/firmware', { body: { ...uploaded.body, is_stable: true, ...more } });
    const refused = await register({ build_number: 57 });
    expect(outcome(refused)).toEqual([422, 'IMAGE_VERSION_MISMATCH']);
    expect(refused.body.detail).toMatch(
      /offered it again for ever.*PROJECT_VER to "1\.1\.0\+57".*allow_version_mismatch=true/,
    );
    expect((await register({ build_number: 2 })).status).toBe(200);
    expect((await register({ build_number: 57, allow_version_mismatch: true })).status).toBe(200);
  });

  it('are judged again before devices are offered them', async () => {
    const publish = async (version: string, more: Record<string, unknown>) => {
      const file = anEspImage().version('2f061cb').build();
      const fields = { device_type: 'again', version, allow_unparsable_version: 'true' };
      const { body } = await client.upload(file, fields);
      return client.admin('POST', '/firmware', {
        body: { ...body, build_number: 1, allow_unparsable_version: true, ...more },
      });
    };
    const { body: draft } = await publish('1.0.0', {});
    const patch = (changes: object) => client.admin('PATCH', `/firmware/${draft.id}`, { body: changes });
    expect(outcome(await patch({ is_stable: true }))).toEqual([422, 'IMAGE_VERSION_UNPARSABLE']);
    expect((await patch({ is_stable: true, allow_unparsable_version: true })).status).toBe(200);
    expect((await patch({ description: 'text' })).status).toBe(200);
    await client.admin('DELETE', `/firmware/${draft.id}`);
    expect(outcome(await patch({ is_active: true }))).toEqual([422, 'IMAGE_VERSION_UNPARSABLE']);
    expect((await patch({ is_active: true, allow_unparsable_version: true })).status).toBe(200);
    expect(outcome(await patch({ offer_to_unparsable: true }))).toEqual([422, 'IMAGE_VERSION_MISMATCH']);
  });

  it('may be marked for devices whose version cannot be ordered', async () => {
    const { body } = await client.publish(anEspImage().build(), { device_type: 'lost' });
    const ask = async (current_version: string) =>
      (await client.check({ device_type: 'lost', current_version, current_build: 0 })).body;
    expect((await ask('2f061cb')).reason).toBe('unparsable_current_version');
    const patch = async (changes: object) =>
      (await client.admin('PATCH', `/firmware/${body.id}`, { body: changes })).body;
    expect(body.offer_to_unparsable).toBe(false);
    expect((await patch({ offer_to_unparsable: true })).offer_to_unparsable).toBe(true);
    expect((await ask('2f061cb')).firmware_id).toBe(body.id);
    expect((await ask('1.0.0.4')).reason).toBe('up_to_date');
    await patch({ min_current_version: '0.5.0' });
    expect((await ask('2f061cb')).reason).toBe('unparsable_current_version');
  });

  describe('that are only looked at', () => {
    const inspect = async (file: Buffer, fields: Record<string, string> = {}) => {
      const { body, type } = multipart([
        ...Object.entries(fields).map(([name, content]) => ({ name, content })),
        { name: 'file', filename: 'firmware.bin', content: file },
      ]);
      return client.admin('POST', '/inspect', { body, headers: { 'Content-Type': type } });
    };
    const codesOf = ({ body }: Answer): string[] =>
      (body.problems as { code: string }[]).map(({ code }) => code);

    it('say all that is known of them, and are not kept', async () => {
      const before = [
        await filesOf(app.config.firmwareStore),
        await app.database.query('SELECT id FROM firmware'),
      ];
      const file = anEspImage().version('1.2.3+4').build();
      expect((await inspect(file)).body).toEqual({
        file_size: file.length,
        file_hash: sha256(file),
        image: {
          kind: 'application',
          application: expect.objectContaining({ version: '1.2.3+4' }),
          warnings: [],
        },
        suggested: { device_type: 'demo_sensor', version: '1.2.3', build_number: 4 },
        problems: [],
        warnings: [],
        same_file: null,
        predecessor: null,
      });
      expect([
        await filesOf(app.config.firmwareStore),
        await app.database.query('SELECT id FROM firmware'),
      ]).toEqual(before);
    });

    it('say every reason why they would be refused', async () => {
      const first = anEspImage().version('1.0.0').secureVersion(2).build();
      const { body: one } = await client.publish(first, { device_type: 'looked' });
      const same = await inspect(first, { device_type: 'looked', version: '1.0.0', build_number: '1' });
      expect(codesOf(same)).toEqual(['FIRMWARE_EXISTS']);
      expect(same.body).toMatchObject({ same_file: one.id, predecessor: null });
      expect(same.body.warnings).toEqual([expect.stringMatching(/^1\.0\.0 build 1 is released already/)]);

      const other = anEspImage().version('0.9.0').chip(P4).build();
      const all = await inspect(other, { device_type: 'looked', version: '1.1.0' });
      expect(codesOf(all)).toEqual(['IMAGE_VERSION_MISMATCH', 'CHIP_MISMATCH', 'SECURE_VERSION_LOWER']);
      expect(all.body).toMatchObject({
        predecessor: one.id,
        suggested: { version: '1.1.0', build_number: 1 },
      });
      expect(all.body.problems[1].detail).toMatch(/ESP32-P4.*allow_chip_change=true/);
      const meant = { allow_version_mismatch: 'true', allow_chip_change: 'true' };
      expect(codesOf(await inspect(other, { device_type: 'looked', version: '1.1.0', ...meant }))).toEqual([
        'SECURE_VERSION_LOWER',
      ]);
      expect(
        (await inspect(first, { device_type: 'looked', version: '1.0.0' })).body.suggested.build_number,
      ).toBe(2);
    });

    it.each([
      ['nothing', Buffer.alloc(0), ['FIRMWARE_FILE_EMPTY']],
      ['text', Buffer.from('404: Not Found'), ['IMAGE_IS_TEXT']],
      ['an archive', Buffer.from('PK\x03\x04', 'latin1'), ['IMAGE_REQUIRED']],
      ['no version', anEspImage().version('abc').build(), ['VALIDATION_FAILED']],
      ['padding', Buffer.concat([anEspImage().build(), Buffer.alloc(50, 0xff)]), ['IMAGE_TRAILING_BYTES']],
    ])('say what is wrong with %s', async (_what, file, codes) => {
      expect(codesOf(await inspect(file))).toEqual(codes);
    });

    it('are refused as an upload is when the form is at fault', async () => {
      expect(outcome(await inspect(anEspImage().build(), { version: 'x' }))).toEqual([
        400,
        'VALIDATION_FAILED',
      ]);
      const unknown = await inspect(Buffer.from('PK\x03\x04', 'latin1'), { allow_unknown_format: 'true' });
      expect(unknown.body.warnings).toEqual([expect.stringMatching(/zip/)]);
      expect(await filesOf(join(app.config.firmwareStore, '.uploads'))).toEqual([]);
    });
  });

  it('bind a device type to their chip and to the secure version of its newest release', async () => {
    const publish = async (
      version: string,
      chip: number,
      secureVersion: number,
      more: Record<string, unknown> = {},
    ): Promise<Answer> => {
      const file = anEspImage().version(version).chip(chip).secureVersion(secureVersion).build();
      return client.publish(file, { device_type: 'bound', version, ...more });
    };
    expect((await publish('1.0.0', C3, 2)).status).toBe(200);
    expect(outcome(await publish('1.1.0', P4, 2))).toEqual([409, 'CHIP_MISMATCH']);
    expect(outcome(await publish('1.2.0', C3, 1))).toEqual([409, 'SECURE_VERSION_LOWER']);
    expect((await client.admin('GET', '/firmware?device_type=bound')).body).toHaveLength(1);

    const other = await publish('1.1.0', P4, 2, { allow_chip_change: true });
    expect(other.status).toBe(200);
    expect(outcome(await publish('1.1.1', C3, 2))).toEqual([409, 'CHIP_MISMATCH']);

    const draft = await publish('1.2.0', P4, 2, { is_stable: false });
    expect((await publish('1.3.0', P4, 3)).status).toBe(200);
    const promote = (more = {}) =>
      client.admin('PATCH', `/firmware/${draft.body.id}`, { body: { is_stable: true, ...more } });
    expect(outcome(await promote())).toEqual([409, 'SECURE_VERSION_LOWER']);
    expect((await client.admin('GET', `/firmware/${draft.body.id}`)).body.is_stable).toBe(false);
    expect((await promote({ allow_lower_secure_version: true })).body.is_stable).toBe(true);
  });

  it('of one new device type that come at once do not bind it to two chips', async () => {
    const answers = await Promise.all(
      [C3, P4].flatMap((chip) =>
        [1, 2, 3].map(async (patch) => {
          const version = `${chip}.0.${patch}`;
          const file = anEspImage().version(version).chip(chip).build();
          return client.publish(file, { device_type: 'race', version });
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    const { body } = await client.admin('GET', '/firmware?device_type=race');
    expect(new Set((body as Answer['body'][]).map(({ image }) => image.application.chip)).size).toBe(1);
  });

  it('that the disk has damaged are neither served nor offered until they are whole again', async () => {
    const file = anEspImage().version('1.0.0').build();
    const { body } = await client.publish(file, { device_type: 'rotten' });
    const path = join(app.config.firmwareStore, body.binary_path as string);
    const offered = async () =>
      (await client.check({ device_type: 'rotten', current_version: '0.1.0' })).body;
    const verify = () => client.admin('POST', `/firmware/${body.id}/verify`);
    expect((await offered()).firmware_id).toBe(body.id);
    expect((await client.download(body.id as number)).status).toBe(200);
    expect((await verify()).body).toEqual({
      success: true,
      firmware_id: body.id,
      file_size: body.file_size,
      file_hash: body.file_hash,
    });

    await writeFile(path, flipBit(file, 12_345));
    // What is in memory is whole, and is served until somebody looks at the disk.
    expect((await client.download(body.id as number)).bytes.equals(file)).toBe(true);
    expect(outcome(await verify())).toEqual([503, 'FIRMWARE_FILE_DAMAGED']);
    expect(outcome(await client.download(body.id as number))).toEqual([503, 'FIRMWARE_FILE_DAMAGED']);
    expect((await offered()).reason).toBe('no_release');
    expect((await client.download(body.id as number)).headers['retry-after']).toBeDefined();

    await writeFile(path, file);
    expect((await verify()).status).toBe(200);
    expect((await offered()).firmware_id).toBe(body.id);
    expect((await client.download(body.id as number)).bytes.equals(file)).toBe(true);
    expect(outcome(await client.admin('POST', '/firmware/999999/verify'))).toEqual([
      404,
      'FIRMWARE_NOT_FOUND',
    ]);
  });
});

describe('a server that takes only images of trusted keys', () => {
  let app: TestApp;
  let client: Client;
  let ours: KeyObject;
  let theirs: KeyObject;

  beforeAll(async () => {
    [ours, theirs] = ['prime256v1', 'secp384r1'].map(
      (namedCurve) => generateKeyPairSync('ec', { namedCurve }).privateKey,
    ) as [KeyObject, KeyObject];
    const trusted = keyDigest(createPublicKey(ours)) ?? '';
    app = await startTestApp({
      env: { TRUSTED_SIGNING_KEYS: trusted, REQUIRE_ESP_IMAGE: 'true' },
      limits: { catalogRefreshMs: 50 },
    });
    client = new Client(app);
  });
  afterAll(() => app.close());

  it.each([
    ['signed with one of them', () => anEspImage().signedWith(ours), 200, undefined],
    [
      'signed with two keys, of which it trusts one',
      () => anEspImage().signedWith([ours, ours]),
      200,
      undefined,
    ],
    ['signed by somebody else', () => anEspImage().signedWith(theirs), 422, 'IMAGE_NOT_TRUSTED'],
    ['not signed', () => anEspImage(), 422, 'IMAGE_NOT_TRUSTED'],
  ])('judges an image that is %s', async (what, build, status, code) => {
    const device_type = what.replace(/\W/g, '-').slice(0, 50);
    expect(outcome(await client.publish(build().build(), { device_type }))).toEqual([status, code]);
  });

  it('takes nothing that is no image', async () => {
    const answer = await client.upload(someBytes(100), { device_type: 'other', version: '1.0.0' });
    expect(outcome(answer)).toEqual([422, 'IMAGE_REQUIRED']);
  });

  it('offers by itself what was damaged and is whole again', async () => {
    const { body } = await client.publish(anEspImage().signedWith(ours).build(), { device_type: 'healed' });
    const path = join(app.config.firmwareStore, body.binary_path as string);
    const file = await readFile(path);
    const check = async () => (await client.check({ device_type: 'healed', current_version: '0.1.0' })).body;
    await writeFile(path, file.subarray(1));
    expect((await client.download(body.id as number)).status).toBe(503);
    expect((await check()).reason).toBe('no_release');
    await writeFile(path, file);
    await eventually(async () => expect((await check()).firmware_id).toBe(body.id));
  });
});
