import { type Command } from 'commander';
import { CommandFailure } from '../api/failure.js';
import type { Io } from '../io.js';
import { examples, futureTime, wholeNumber } from '../options.js';
import { renderTable, type Column } from '../output/table.js';
import { printable } from '../output/text.js';
import type { Times } from '../output/times.js';
import { inSession, type Session } from '../session.js';

interface CreateOptions {
  readonly deviceType: string;
  readonly name?: string;
  readonly requireAcceptance?: boolean;
  readonly expires?: string;
  readonly maxDevices?: number;
}

interface EnrollmentKey {
  readonly id: number;
  readonly name: string | null;
  readonly device_type: string;
  readonly key_prefix: string;
  readonly requires_acceptance: boolean;
  readonly expires_at: string | null;
  readonly max_devices: number | null;
  readonly enrolled: number;
  readonly created_at: string;
  readonly revoked_at: string | null;
}

const PATH = '/api/ota/admin/enrollment-keys';
/** `otae_` and the characters that the server shows of a key. */
const VISIBLE_LENGTH = 12;
const FIELDS = [
  'id',
  'name',
  'device_type',
  'key_prefix',
  'requires_acceptance',
  'expires_at',
  'max_devices',
  'enrolled',
  'created_at',
  'revoked_at',
] as const;

export function addEnrollKey(program: Command, io: Io): void {
  const group = program
    .command('enroll-key')
    .summary('manage the keys with which devices enrol')
    .description('Commands for enrolment keys. A device exchanges a key for a token of its own.');
  const create = group
    .command('create')
    .summary('create an enrolment key')
    .description('Creates a key and prints it. It is shown only this once.')
    .requiredOption('--device-type <type>', 'the only device type that can enrol with it')
    .option('--name <name>', 'name, to tell keys apart')
    .option('--require-acceptance', 'an operator must accept each device: ota device accept')
    .option(
      '--expires <time>',
      'when it expires: 30d, or a time such as 2026-12-31T12:00Z (default: never)',
      futureTime(() => io.now()),
    )
    .option('--max-devices <number>', 'number of devices that can enrol with it', wholeNumber(1, 2 ** 31 - 1))
    .action(inSession(io, createKey));
  examples(create, [
    [
      'A key for a production line',
      'ota enroll-key create --device-type scales_bridge --max-devices 500 --expires 30d',
    ],
  ]);
  group
    .command('list')
    .summary('list the enrolment keys')
    .description('Lists all keys, the newest first. The keys themselves are not kept.')
    .action(inSession(io, listKeys));
  const revoke = group
    .command('revoke')
    .summary('revoke an enrolment key')
    .description('No device can enrol with it any more. Devices that have enrolled keep their tokens.')
    .argument('<key>', 'its id, its name or its beginning, such as otae_4f7H')
    .action(inSession(io, revokeKey));
  examples(revoke, [['A key that was found in a log', 'ota enroll-key revoke otae_4f7H']]);
}

async function createKey(options: CreateOptions, session: Session): Promise<void> {
  const answer = await session.admin().send<EnrollmentKey & { key: string }>('POST', PATH, {
    json: {
      device_type: options.deviceType,
      name: options.name,
      requires_acceptance: options.requireAcceptance,
      expires_at: options.expires,
      max_devices: options.maxDevices,
    },
  });
  session.output.showSecret(answer, answer.body.key);
  session.output.note(
    `Enrolment key ${answer.body.id} for ${answer.body.device_type}. It is shown only this once.`,
  );
}

async function listKeys(_options: object, session: Session): Promise<void> {
  const { output } = session;
  const answer = await session.admin().send<EnrollmentKey[]>('GET', PATH);
  output.show(
    answer,
    (keys) =>
      keys.length === 0
        ? 'No enrolment keys. To create one: ota enroll-key create --device-type <type>'
        : renderTable(keys, columns(output.times), output.width, output.style),
    FIELDS,
  );
}

const columns = (times: Times): readonly Column<EnrollmentKey>[] => [
  { title: 'ID', cell: ({ id }) => id, align: 'right' },
  { title: 'KEY', cell: ({ key_prefix }) => `${key_prefix}…` },
  { title: 'NAME', cell: ({ name }) => name ?? '', least: 10, leaveOut: 2 },
  { title: 'DEVICE TYPE', cell: ({ device_type }) => device_type, least: 12 },
  {
    title: 'DEVICES',
    cell: ({ enrolled, max_devices }) => (max_devices === null ? enrolled : `${enrolled} of ${max_devices}`),
    align: 'right',
  },
  { title: 'ACCEPTANCE', cell: ({ requires_acceptance }) => (requires_acceptance ? 'yes' : ''), leaveOut: 3 },
  { title: 'EXPIRES', cell: ({ expires_at }) => times.full(expires_at), leaveOut: 4 },
  { title: 'REVOKED', cell: ({ revoked_at }) => times.age(revoked_at), leaveOut: 1 },
];

async function revokeKey(_options: object, session: Session, [given]: readonly unknown[]): Promise<void> {
  const key = String(given);
  const id = /^\d{1,16}$/.test(key) ? Number(key) : await findKey(session, key);
  const answer = await session.admin().send('DELETE', `${PATH}/${id}`);
  session.output.show(answer, () => `Enrolment key ${id} is revoked.`);
}

/** By its name or its beginning. Those that are revoked already are not meant. */
async function findKey(session: Session, given: string): Promise<number> {
  const beginning = /^otae_.{4}/.test(given) ? given.slice(0, VISIBLE_LENGTH) : null;
  const { body } = await session.admin().send<EnrollmentKey[]>('GET', PATH);
  const matches = body.filter(
    ({ name, key_prefix, revoked_at }) =>
      revoked_at === null && (name === given || (beginning !== null && key_prefix.startsWith(beginning))),
  );
  const [match, ...more] = matches;
  // What is not visible of a key is not repeated.
  const shown = beginning ?? `"${printable(given)}"`;
  if (!match) {
    const hint = 'ota enroll-key list shows the keys; one is given by its id, its name or its beginning.';
    throw new CommandFailure(`No enrolment key in force has the name or the beginning ${shown}.`, [hint]);
  }
  if (more.length === 0) return match.id;
  throw new CommandFailure(
    `${matches.length} enrolment keys have the name or the beginning ${shown}: revoke one by its id.`,
    matches.map(({ id, key_prefix, name, device_type }) =>
      printable(`${id}  ${key_prefix}…  ${name ?? ''} for ${device_type}`),
    ),
  );
}
