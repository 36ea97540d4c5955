import { InvalidArgumentError, type Command } from 'commander';
import { readAttribute } from '../../domain/device-change.js';
import type { Attribute } from '../../domain/device-facts.js';
import type { Answer } from '../api/api-client.js';
import { UsageFailure } from '../api/failure.js';
import { DEVICE_FIELDS, type WireDevice } from '../api/wire/devices.js';
import type { OtaLog } from '../api/wire/logs.js';
import { FirmwareNames } from '../find-firmware.js';
import type { Io } from '../io.js';
import { deviceId, emptyAsNull, examples } from '../options.js';
import { renderDevice } from '../output/devices.js';
import { inSession, type Session } from '../session.js';

const SHOWN_ATTEMPTS = 5;

interface DeviceUpdateOptions {
  readonly name?: string;
  readonly channel?: string;
  readonly tags?: string;
  readonly attr?: Readonly<Record<string, Attribute | null>>;
  readonly notes?: string;
}

export async function showDevice(
  _options: object,
  session: Session,
  [id]: readonly unknown[],
): Promise<void> {
  if (id === undefined) throw new UsageFailure('Specify a device: a number or a MAC address.');
  await show(await session.admin().send<WireDevice>('GET', pathOf(id as number)), session);
}

export function addDeviceUpdate(group: Command, io: Io): void {
  const command = group
    .command('update')
    .summary('change what you say of a device')
    .description(
      'Changes only the given fields. An empty text clears a field. Your attributes win over what the device says of itself.',
    )
    .argument('<id>', 'id of the device: a number or a MAC address', deviceId)
    .option('--name <text>', 'what people call it')
    .option('--channel <name>', 'its channel; empty: stable')
    .option('--tags <list>', 'its tags, with commas between them; ota tag adds and removes')
    .option('--attr <key=value>', 'an attribute; an empty value removes it; may be repeated', gatherAttribute)
    .option('--notes <text>', 'anything else')
    .action(inSession(io, updateDevice));
  examples(command, [
    ['Say where it is', 'ota device update 123 --name "Munich 7" --attr floor=3 --attr hw_revision=B'],
  ]);
}

async function updateDevice(
  { name, channel, tags, attr, notes }: DeviceUpdateOptions,
  session: Session,
  [id]: readonly unknown[],
): Promise<void> {
  const changes = {
    name: emptyAsNull(name),
    channel: emptyAsNull(channel),
    tags: tags?.split(',').flatMap((tag) => tag.trim() || []),
    attributes: attr,
    notes: emptyAsNull(notes),
  };
  if (Object.values(changes).every((value) => value === undefined)) {
    throw new UsageFailure('There is nothing to change: specify at least one of the options.');
  }
  const answer = await session.admin().send<WireDevice>('PATCH', pathOf(id as number), { json: changes });
  await show(answer, session);
}

async function show(answer: Answer<WireDevice>, session: Session): Promise<void> {
  const { output } = session;
  if (!output.isForPeople) {
    output.show(answer, () => '', DEVICE_FIELDS);
    return;
  }
  const admin = session.admin();
  const query = { device_id: answer.body.device_id, limit: SHOWN_ATTEMPTS };
  const { body: attempts } = await admin.send<OtaLog[]>('GET', '/api/ota/admin/logs', { query });
  const names = new FirmwareNames(admin);
  await names.learn(attempts.map(({ firmware_id }) => firmware_id));
  output.show(answer, (device) => renderDevice(device, attempts, names.known, output));
}

const pathOf = (id: number): string => `/api/ota/admin/devices/${id}`;

type Attributes = Readonly<Record<string, Attribute | null>>;

function gatherAttribute(text: string, attributes: Attributes = {}): Attributes {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw new InvalidArgumentError('It must be key=value, such as hw_revision=B.');
  }
  return { ...attributes, [key]: readAttribute(value) };
}
