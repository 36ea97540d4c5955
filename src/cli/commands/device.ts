import type { Command } from 'commander';
import { parseDeviceId } from '../../domain/device-id.js';
import { UsageFailure } from '../api/failure.js';
import { askFirst, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import type { Io } from '../io.js';
import { deviceId, examples } from '../options.js';
import { inSession, type Session } from '../session.js';
import { addDeviceUpdate, showDevice } from './device-card.js';

interface TokenOptions {
  readonly reset?: boolean;
  readonly revoke?: boolean;
}

interface DeviceAccess {
  readonly device_id: number;
  readonly identity: string;
  readonly enrollment: string;
  readonly is_blocked: boolean;
  readonly token_epoch: number;
}

const DECISIONS = {
  block: [
    'stop serving a device',
    'The device gets no update and no download; its reports are kept.',
    'is blocked',
  ],
  unblock: [
    'serve a blocked device again',
    'The device is served as before it was blocked.',
    'is not blocked',
  ],
  accept: ['accept a device that enrols', 'The device gets its token when it asks again.', 'is accepted'],
  reject: ['reject a device that enrols', 'The device is not served until you accept it.', 'is rejected'],
} as const;

const ID = ['<id>', 'id of the device: a number or a MAC address'] as const;

export function addDevice(program: Command, io: Io): void {
  const group = program
    .command('device')
    .summary('show one device, change it, block it or give it a token')
    .description('Shows one device with its last attempts; its commands change it.')
    .argument('[id]', ID[1], (text) => {
      if (parseDeviceId(text) === null) throw unknownCommand(group, text);
      return deviceId(text);
    })
    // A word that is no command is called so, however many words follow it.
    .allowExcessArguments()
    .hook('preAction', (_group, command) => {
      if (command !== group || group.args.length <= 1) return;
      throw new UsageFailure('too many arguments: ota device shows one device.');
    })
    .action(inSession(io, showDevice));
  examples(group, [
    ['Show a device', 'ota device 24:6f:28:03:7e:51'],
    ['Name it', 'ota device update 24:6f:28:03:7e:51 --name "Munich 7"'],
  ]);
  addDeviceUpdate(group, io);
  for (const [name, [summary, description, result]] of Object.entries(DECISIONS)) {
    group
      .command(name)
      .summary(summary)
      .description(description)
      .argument(...ID, deviceId)
      .action(inSession(io, (_options, session, args) => decide(name, result, session, args)));
  }
  group
    .command('forget')
    .summary('delete a device with its attempts')
    .description(
      'Deletes one device with its attempts. A device that checks again is a new one; revoked tokens remain revoked, and ' +
        'blocked devices blocked. Asks for confirmation. Takes the role admin. ota forget deletes many.',
    )
    .argument(...ID, deviceId)
    .option(...YES)
    .action(inSession(io, forget));
  const token = group
    .command('token')
    .summary('create or revoke the token of a device')
    .description(
      'Creates the token of a device, which it must send from then on. Until the device uses it, the token is the same ' +
        'each time; after that, --reset revokes it and creates another one.',
    )
    .argument(...ID, deviceId)
    .option('--reset', 'revoke the token that the device uses')
    .option('--revoke', 'revoke all tokens of the device, and create none; it can enrol again')
    .action(inSession(io, makeToken));
  examples(token, [
    ['Create the token of a device', 'ota device token 24:6f:28:03:7e:51'],
    ['Let a device that lost its token enrol again', 'ota device token 24:6f:28:03:7e:51 --revoke'],
  ]);
}

function unknownCommand(group: Command, word: string): UsageFailure {
  const known = group.commands.map((command) => command.name()).join(', ');
  return new UsageFailure(`unknown command '${word}', and no id of a device.`, [
    `ota device has the commands ${known}; ota device <id> shows a device.`,
  ]);
}

const DEVICES_PATH = '/api/ota/admin/devices';
const pathOf = (id: number, what: string): string => `${DEVICES_PATH}/${id}/${what}`;

async function forget(options: Confirmable, session: Session, [id]: readonly unknown[]): Promise<void> {
  requireAnswerable(options, session, 'ota device forget');
  const what = `Delete device ${String(id)} with its attempts.`;
  await askFirst(options, session, () => Promise.resolve(what), 'Nothing was deleted.');
  const answer = await session.admin().send('DELETE', `${DEVICES_PATH}/${String(id)}`);
  session.output.show(answer, () => `Deleted device ${String(id)}.`);
}

async function decide(
  name: string,
  result: string,
  session: Session,
  [id]: readonly unknown[],
): Promise<void> {
  const answer = await session.admin().send<DeviceAccess>('POST', pathOf(id as number, name));
  session.output.show(answer, (body) => `Device ${body.device_id} ${result}.`);
}

async function makeToken(
  { reset, revoke }: TokenOptions,
  session: Session,
  [argument]: readonly unknown[],
): Promise<void> {
  const id = argument as number;
  if (reset === true && revoke === true) {
    throw new UsageFailure('--reset creates another token and --revoke creates none: specify only one.');
  }
  if (revoke === true) {
    const answer = await session.admin().send<DeviceAccess>('DELETE', pathOf(id, 'token'));
    session.output.show(answer, (body) => `The tokens of device ${body.device_id} are revoked.`);
    return;
  }
  const query = reset === true ? { reset: 'true' } : {};
  const answer = await session.admin().send<{ device_token: string }>('POST', pathOf(id, 'token'), { query });
  session.output.showSecret(answer, answer.body.device_token);
}
