import { Client, eventually, image, sha256 } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** The walk of the README, with the real images, both halves. */
describe('the whole way of an update', () => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
  });
  afterAll(() => app.close());

  const publish = async (version: string, build: number) => {
    const file = await image(`scales_bridge_tab5-${version}-esp32p4.bin`);
    const uploaded = await client.upload(
      file,
      { device_type: 'scales_bridge_tab5', version },
      `tab5-${version}.bin`,
    );
    expect(uploaded).toMatchObject({
      status: 200,
      body: {
        success: true,
        filename: `tab5-${version}.bin`,
        device_type: 'scales_bridge_tab5',
        version,
        binary_path: `scales_bridge_tab5/v${version}.bin`,
        file_size: file.length,
        file_hash: sha256(file),
      },
    });
    const fields = uploaded.body as Record<string, unknown>;
    const registered = await client.admin('POST', '/firmware', {
      body: { ...fields, build_number: build, is_stable: true, description: `Release ${version}` },
    });
    expect(registered.status).toBe(200);
    return { file, firmware: registered.body as { id: number } };
  };

  it('is published, found, downloaded, installed and reported, twice', async () => {
    const device = { device_id: 0xa1b2c3d4e5f6, device_type: 'scales_bridge_tab5' };
    let [runs, build] = ['0.9.0', 1];

    for (const [version, newBuild] of [
      ['1.0.0', 1],
      ['1.1.0', 2],
    ] as const) {
      const { file, firmware } = await publish(version, newBuild);
      const offer = await client.check({ ...device, current_version: runs, current_build: build });
      expect(offer.body).toEqual({
        update_available: true,
        firmware_id: firmware.id,
        version,
        build_number: newBuild,
        description: `Release ${version}`,
        download_url: `/api/ota/download/${firmware.id}`,
        file_hash: sha256(file),
        file_size: file.length,
      });

      const downloaded = await client.send('GET', offer.body.download_url as string);
      expect(sha256(downloaded.bytes)).toBe(offer.body.file_hash);

      const reports = [];
      for (const status of ['downloading', 'installing', 'success']) {
        const { body } = await client.report({ ...device, firmware_id: firmware.id, status });
        reports.push(body);
      }
      const [{ log_id }] = reports as [{ log_id: number }];
      expect(reports).toEqual(
        ['downloading', 'installing', 'success'].map((status) => ({ success: true, log_id, status })),
      );

      const logs = await client.admin(
        'GET',
        `/logs?device_id=${device.device_id}&firmware_id=${firmware.id}`,
      );
      expect(logs.body).toEqual([
        expect.objectContaining({
          id: log_id,
          status: 'success',
          download_started_at: expect.stringMatching(/Z$/),
          download_completed_at: expect.stringMatching(/Z$/),
          installed_at: expect.stringMatching(/Z$/),
        }),
      ]);
      [runs, build] = [version, newBuild];
    }

    const atLast = await client.check({ ...device, current_version: runs, current_build: build });
    expect(atLast.body).toEqual({ update_available: false, reason: 'up_to_date' });
  });

  it('keeps what the device said of itself', async () => {
    await eventually(async () => {
      const [row] = await app.database.query('SELECT * FROM device WHERE id = $1', [0xa1b2c3d4e5f6]);
      expect(row).toMatchObject({
        device_type: 'scales_bridge_tab5',
        current_version: '1.1.0',
        current_build: 2,
      });
    });
  });
});
