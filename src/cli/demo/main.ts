import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ApiClient } from '../api/api-client.js';
import type { OtaLog } from '../api/wire/logs.js';
import type { LoginAnswer } from '../api/wire/people.js';
import { registerFirmware } from '../commands/register.js';
import { uploadFile } from '../commands/upload.js';
import { renderTable, type Column } from '../output/table.js';
import { processIo } from '../process-io.js';
import { runAsCommand } from '../run-as-command.js';
import { Session } from '../session.js';
import { PEACEFUL, type SimulatedDevice } from '../simulate/device.js';
import { buildFleet, runFleet } from '../simulate/fleet.js';
import { HttpWorld } from '../simulate/http-world.js';
import { LocalServer } from './local-server.js';
import { Spectator } from './spectator.js';

/** `npm run demo` shows a complete update cycle, from an empty server to a fleet that runs the newest release. */

const DEVICE_TYPE = 'scales_bridge_tab5';
const IMAGES = fileURLToPath(new URL('../../../../test/fixtures/esp-images/', import.meta.url));
const FLEET = {
  devices: 25,
  firstId: 1,
  version: '0.9.0',
  build: 1,
  seed: 6,
  fates: { ...PEACEFUL, shares: { ...PEACEFUL.shares, failureRate: 0.08 } },
  timing: { intervalMs: 2000, rebootMs: 700 },
};

const io = processIo();
const { interruption } = io;

const say = (text: string): void => {
  io.stdout.write(`${text}\n`);
};

async function demo(): Promise<void> {
  say('Starting a server in a temporary folder ...');
  const server = new LocalServer();
  try {
    const url = await server.ready();
    say(`To watch it in the console, open ${url} in a browser.`);
    say(`Log in as admin with the password ${server.password}\n`);
    await updateFleet(url, server.password);
  } finally {
    say('Stopping the server and removing its folder.');
    await server.remove();
  }
}

async function updateFleet(url: string, password: string): Promise<void> {
  const session = await logIn(url, password);
  const spectator = new Spectator(say);
  const world = new HttpWorld({
    server: url,
    deviceType: DEVICE_TYPE,
    connections: FLEET.devices,
    changed: (device) => {
      spectator.watch(device);
    },
  });
  const fleet = buildFleet(FLEET);
  interruption.signal.addEventListener('abort', () => {
    world.end();
  });
  try {
    await publish(session, '1.0.0', 1);
    say(`Starting ${FLEET.devices} devices that run ${FLEET.version}; each checks every 2 seconds.`);
    const running = runFleet(fleet, world, true);
    await Promise.race([spectator.everyDeviceRuns(fleet, '1.0.0'), running]);
    if (!interruption.signal.aborted) await publish(session, '1.1.0', 2);
    await Promise.race([spectator.everyDeviceRuns(fleet, '1.1.0'), running]);
    if (io.stdout.isTTY === true && !interruption.signal.aborted) {
      say(`\nEvery device runs 1.1.0. The console stays at ${url} until you press Ctrl-C.`);
      await Promise.race([once(interruption.signal, 'abort'), running]);
    }
    world.end();
    await running;
    if (!interruption.signal.aborted) say(await renderEnd(session.admin(), fleet, session.output.width));
  } finally {
    await world.close();
  }
}

async function logIn(server: string, password: string): Promise<Session> {
  const credentials = { username: 'admin', password };
  const { body } = await new Session({ server }, io)
    .anonymous()
    .send<LoginAnswer>('POST', '/api/auth/login', { json: credentials });
  return new Session({ server, token: body.access_token }, io);
}

async function publish(session: Session, version: string, build: number): Promise<void> {
  const image = `${IMAGES}${DEVICE_TYPE}-${version}-esp32p4.bin`;
  const { body } = await uploadFile(session, image, { device_type: DEVICE_TYPE, version });
  const { filename, device_type, binary_path, file_size, file_hash } = body;
  const file = { filename, device_type, binary_path, file_size, file_hash, version, build_number: build };
  await registerFirmware(session, { stable: true }, file);
  say(`\nPublished ${DEVICE_TYPE} ${version} build ${build} as stable, so it is offered to devices.`);
}

interface Outcome {
  readonly device: SimulatedDevice;
  /** The attempts of the device, the newest first. */
  readonly attempts: readonly OtaLog[];
}

const COLUMNS: readonly Column<Outcome>[] = [
  { title: 'DEVICE', cell: ({ device }) => device.id, align: 'right' },
  { title: 'RUNS', cell: ({ device }) => `${device.version} build ${device.build}` },
  { title: 'ATTEMPTS', cell: ({ attempts }) => attempts.length, align: 'right' },
  {
    title: 'FAILED',
    cell: ({ attempts }) => attempts.filter(({ status }) => status === 'failed').length,
    align: 'right',
  },
  { title: 'NEWEST ATTEMPT', cell: ({ attempts }) => attempts[0]?.status ?? '' },
];

/** Renders what the devices run next to their attempts in the server's logs. */
async function renderEnd(
  admin: ApiClient,
  fleet: readonly SimulatedDevice[],
  width: number,
): Promise<string> {
  const { body } = await admin.send<OtaLog[]>('GET', '/api/ota/admin/logs', { query: { limit: 1000 } });
  const outcomes = fleet.map((device) => ({
    device,
    attempts: body.filter(({ device_id }) => device_id === device.id),
  }));
  return `\nEvery device runs 1.1.0; the attempts are from the server's logs.\n\n${renderTable(outcomes, COLUMNS, width)}\n`;
}

process.exitCode = await runAsCommand(demo, io);
