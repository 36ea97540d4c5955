import { anEspImage } from '../../support/esp-image-builder.js';
import type { ConsoleServer } from './console-server.js';
import { inDatabase } from './database.js';
import { check, update, type SpokenDevice } from './spoken-devices.js';

export interface PictureStage {
  readonly deviceId: number;
  readonly releaseId: number;
  readonly runningId: number;
  readonly haltedId: number;
  readonly draftId: number;
  readonly groupId: number;
}

const CHIPS = { esp32c3: 0x05, esp32p4: 0x12 } as const;
const SITES = ['riga', 'tallinn', 'helsinki', 'turku', 'vilnius', 'gdansk'] as const;
const FIRST_ID = 0x24_6f_28_03_70_00;
/** Prime to the numbers of devices, so that sites and revisions are mixed. */
const STEP = 37;

/** A fleet as it is in the middle of things: a release on its way, one that stopped itself, and a few devices that need somebody. */
export async function setPictureStage(server: ConsoleServer, dataDir: string): Promise<PictureStage> {
  const publish = publisher(server);
  await publish('scales_bridge', 'esp32c3', '1.1.0', 44, { description: 'Weighs in steps of 5 g' });
  await publish('demo_sensor', 'esp32c3', '2.0.3', 29);
  await publish('demo_sensor', 'esp32c3', '2.0.4', 31, { description: 'Sleeps between measurements' });
  await publish('scales_bridge_tab5', 'esp32p4', '1.3.1', 48);
  const stable = await publish('scales_bridge_tab5', 'esp32p4', '1.3.2', 50, {
    description: 'Tare survives a restart',
  });
  const bridges = fleet(0, 70, 'scales_bridge', 'ESP32-C3', () => ['1.1.0', 44]);
  const sensors = fleet(100, 190, 'demo_sensor', 'ESP32-C3', (n) => (n % 12 ? ['2.0.4', 31] : ['2.0.3', 29]));
  const tablets = fleet(400, 270, 'scales_bridge_tab5', 'ESP32-P4', (n) =>
    n % 9 === 0 ? ['1.3.1', 48] : ['1.3.2', 50],
  );
  const everybody = [...bridges, ...sensors, ...tablets];
  await check(server, everybody);
  await server.knows(everybody.length);
  await describeSome(server, tablets, sensors);
  const { id: groupId } = (await server.admin('POST', '/groups', {
    name: 'Riga harbour',
    description: 'The scales at the quay',
    filter: 'attr.site:riga type:scales_bridge_tab5',
  })) as { id: number };
  await server.admin('POST', '/groups', { name: 'Pilots', filter: 'tag:pilot' });
  await server.admin('POST', '/groups', {
    name: 'Workshop',
    description: 'On the bench',
    device_ids: bridges.slice(0, 6).map(({ device_id }) => device_id),
  });

  const releaseId = await publish('scales_bridge_tab5', 'esp32p4', '1.4.0', 62, {
    is_stable: false,
    description: 'Bluetooth printing',
    release_notes:
      'Prints on paired Bluetooth printers.\nThe display stays on while something is on the scales.\n\nFixed: the tare was lost when the battery was changed.',
    min_current_version: '1.3.0',
  });
  const runningId = await roll(server, releaseId, tablets, {
    phases: [
      { count: 12, soak_minutes: 0 },
      { count: 150, soak_minutes: 1_440 },
    ],
    note: 'Asked for by the harbours',
  });
  const bad = await publish('demo_sensor', 'esp32c3', '2.1.0', 40, {
    is_stable: false,
    description: 'Measures every second',
  });
  const haltedId = await roll(server, bad, sensors, {});
  const draftId = await publish('scales_bridge', 'esp32c3', '1.2.0', 51, {
    is_stable: false,
    description: 'Weighs in steps of 2 g',
  });
  await server
    .admin('POST', '/rollouts', {
      firmware_id: draftId,
      target: 'group:Workshop',
      starts_at: new Date(Date.now() + 15 * 3_600_000).toISOString(),
    })
    .then(({ id }: { id: number }) => server.admin('POST', `/rollouts/${id}/start`));
  await server.admin('POST', `/devices/${bridges[9]?.device_id}/block`);
  await people(server);
  await letTimePass(dataDir, stable);
  const failed = (await server.admin('GET', `/rollouts/${haltedId}/devices?state=failed&limit=1`)) as [
    { device_id: number },
  ];
  return { deviceId: failed[0].device_id, releaseId, runningId, haltedId, draftId, groupId };
}

function fleet(
  first: number,
  devices: number,
  device_type: string,
  chip: string,
  runs: (n: number) => readonly [string, number],
): SpokenDevice[] {
  return Array.from({ length: devices }, (_, n) => {
    const [current_version, current_build] = runs(n);
    return {
      device_id: FIRST_ID + (first + n) * STEP,
      device_type,
      current_version,
      current_build,
      check_interval: 900,
      attributes: {
        chip,
        hw_revision: n % 4 === 1 ? 'B' : n % 4 === 3 ? 'C' : 'A',
        chip_revision: n % 3 === 0 ? '0.4' : '1.0',
        site: SITES[n % SITES.length] ?? 'riga',
      },
    };
  });
}

/** @returns what publishes an image of its own for each version */
const publisher =
  (server: ConsoleServer) =>
  async (
    device_type: string,
    chip: keyof typeof CHIPS,
    version: string,
    build_number: number,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<number> => {
    const image = anEspImage()
      .chip(CHIPS[chip])
      .project(device_type)
      .version(version)
      .date('Nov 20 2026')
      .chipRevisions(chip === 'esp32c3' ? 3 : 0, 199)
      .size(400_000 + build_number * 1_500)
      .seed(`${device_type} ${version}`)
      .build();
    const answer = await server.client.publish(image, { device_type, version, build_number, ...more });
    if (answer.status >= 400) throw new Error(answer.bytes.toString());
    return (answer.body as { id: number }).id;
  };

/** Starts a rollout and lets the devices take it, as far as it goes by itself. */
async function roll(
  server: ConsoleServer,
  firmware_id: number,
  devices: readonly SpokenDevice[],
  more: object,
): Promise<number> {
  const { id } = (await server.admin('POST', '/rollouts', { firmware_id, ...more })) as { id: number };
  await server.admin('POST', `/rollouts/${id}/start`);
  const isBad = 'phases' in more;
  let failures = 0;
  await update(
    server,
    devices,
    ({ attributes }) => {
      if (isBad) return ++failures === 40 ? 'the download broke off 5 times' : null;
      return attributes?.['hw_revision'] === 'B' ? 'rolled back: diagnostics failed: no sensor on I2C' : null;
    },
    async () => {
      const { state, counts } = (await server.admin('GET', `/rollouts/${id}`)) as {
        state: string;
        counts: { confirmed: number };
      };
      return state === 'halted' || counts.confirmed > 130;
    },
  );
  return id;
}

async function describeSome(
  server: ConsoleServer,
  tablets: readonly SpokenDevice[],
  sensors: readonly SpokenDevice[],
): Promise<void> {
  const names = ['Quay 3', 'Cold store', 'Gate 1', 'Truck scale', 'Fish hall'];
  for (const [n, name] of names.entries())
    await server.admin('PATCH', `/devices/${tablets[n * 6]?.device_id}`, {
      name,
      tags: ['pilot'],
      channel: 'beta',
    });
  await server.admin('PATCH', `/devices/${sensors[1]?.device_id}`, {
    name: 'Greenhouse 7',
    tags: ['lab', 'pilot'],
    notes: 'On the bench beside the window.',
  });
}

/** Who uses the server besides the admin. */
async function people(server: ConsoleServer): Promise<void> {
  await server.addUser('operator', 'anna');
  await server.addUser('viewer', 'jonas');
  await server.admin('POST', '/tokens', {
    name: 'ci',
    role: 'operator',
    expires_at: new Date(Date.now() + 90 * 86_400_000).toISOString(),
  });
  await server.admin('POST', '/enrollment-keys', {
    device_type: 'demo_sensor',
    name: 'Line 3',
    max_devices: 500,
    requires_acceptance: true,
  });
  await server.admin('POST', '/webhooks', {
    url: 'https://chat.example.com/hooks/ota',
    events: ['rollout', 'attempt.failed'],
    description: 'The channel of the people on duty',
  });
}

/** So that not everything has happened just now. */
async function letTimePass(dataDir: string, stable: number): Promise<void> {
  await inDatabase(dataDir, [
    `UPDATE device SET first_seen_at = now() - interval '40 days' - random() * interval '200 days',
       last_seen_at = now() - random() * interval '14 minutes'`,
    // Before the rollouts of today everybody had taken the stable release, over some weeks.
    `UPDATE device SET update_firmware_id = ${stable}, update_status = 'success',
       update_changed_at = now() - interval '5 days' - (random() * random()) * interval '24 days'
     WHERE update_firmware_id IS NULL AND id % 7 <> 0`,
    `UPDATE device SET last_seen_at = now() - interval '2 days' WHERE id IN
       (SELECT id FROM device WHERE device_type = 'scales_bridge' ORDER BY id DESC LIMIT 5)`,
    `UPDATE firmware SET created_at = created_at - (SELECT max(id) + 1 FROM firmware) * interval '9 days'
       + id * interval '9 days'`,
  ]);
}
