import type { Command } from 'commander';
import { CommandFailure, UsageFailure } from '../api/failure.js';
import type { WireDelivery, WireWebhook } from '../api/wire/events.js';
import { askFirst, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import type { Io } from '../io.js';
import { emptyAsNull, examples, wholeNumber } from '../options.js';
import { renderPage } from '../output/page.js';
import { renderTable, type Column } from '../output/table.js';
import type { Times } from '../output/times.js';
import { readList, type PageOptions } from '../read-list.js';
import { inSession, type Session } from '../session.js';
import { addPaging } from './list.js';

interface WebhookOptions {
  readonly url?: string;
  readonly events?: string;
  readonly description?: string;
  readonly active?: boolean;
}

const PATH = '/api/ota/admin/webhooks';
const FIELDS = [
  'id',
  'url',
  'events',
  'description',
  'is_active',
  'disabled_because',
  'waiting',
  'last_error',
];
const DELIVERY_FIELDS = ['id', 'message_id', 'type', 'entity', 'state', 'tries', 'last_status', 'last_error'];
const EVENTS_HELP = 'kinds or types of events, separated by commas: firmware,attempt.failed';

export function addWebhook(program: Command, io: Io): void {
  const group = program
    .command('webhook')
    .summary('manage webhooks')
    .description('Commands for webhooks: servers that are told of events.');
  const withId = (command: Command): Command =>
    command.argument('<id>', 'id of the webhook, as shown by ota webhook list', wholeNumber(1));
  group
    .command('list')
    .summary('list webhooks')
    .description('Lists all webhooks, and whether what was sent to them last has arrived.')
    .action(inSession(io, listWebhooks));
  const create = group
    .command('create')
    .summary('make a webhook, whose secret is shown once')
    .description('Makes a webhook and prints the secret with which its messages are signed, this once.')
    .argument('<url>', 'where messages are sent, https:// or http://')
    .requiredOption('--events <list>', EVENTS_HELP)
    .option('--description <text>', 'what it is for')
    .action(inSession(io, createWebhook));
  examples(create, [
    [
      'Tell a program of failures',
      'ota webhook create https://example.com/ota --events attempt.failed,server',
    ],
  ]);
  withId(group.command('update'))
    .summary('change a webhook')
    .description(
      'Changes only what is given. One that is activated again is told of what happens from then on.',
    )
    .option('--url <url>', 'where messages are sent')
    .option('--events <list>', EVENTS_HELP)
    .option('--description <text>', 'what it is for; "" clears it')
    .option('--active', 'send messages again')
    .option('--no-active', 'send no messages; those that wait are given up')
    .action(inSession(io, updateWebhook));
  withId(group.command('delete'))
    .summary('delete a webhook')
    .description('Deletes a webhook. What waits for it is not sent.')
    .option(...YES)
    .action(inSession(io, deleteWebhook));
  withId(group.command('test'))
    .summary('send a message to a webhook')
    .description('Sends one message now. Exits with 1 if it does not arrive.')
    .action(inSession(io, testWebhook));
  addPaging(
    withId(group.command('deliveries'))
      .summary('list what was sent to a webhook')
      .description('Lists what waits, and what arrived or was given up in the last hours, the newest first.'),
  ).action(inSession(io, listDeliveries));
}

const listOf = (text: string | undefined): string[] | undefined =>
  text?.split(',').map((part) => part.trim());

async function listWebhooks(_options: object, session: Session): Promise<void> {
  const { output } = session;
  const answer = await session.admin().send<WireWebhook[]>('GET', PATH);
  output.show(
    answer,
    (rows) =>
      rows.length === 0
        ? 'No webhooks. To make one: ota webhook create URL --events LIST'
        : renderTable(rows, columns(output.times), output.width, output.style),
    FIELDS,
  );
}

const columns = (times: Times): readonly Column<WireWebhook>[] => [
  { title: 'ID', cell: ({ id }) => id, align: 'right' },
  { title: 'URL', cell: ({ url }) => url, least: 20 },
  { title: 'EVENTS', cell: ({ events }) => events.join(','), least: 12 },
  {
    title: 'STATE',
    cell: ({ is_active }) => (is_active ? 'active' : 'disabled'),
    style: ({ is_active }) => (is_active ? null : 'red'),
  },
  { title: 'WAITING', cell: ({ waiting }) => waiting, align: 'right' },
  { title: 'ARRIVED', cell: ({ last_success_at }) => times.age(last_success_at), leaveOut: 2 },
  {
    title: 'ERROR',
    cell: ({ disabled_because, last_error }) => disabled_because ?? last_error ?? '',
    least: 16,
    leaveOut: 1,
  },
];

async function createWebhook(
  { events, description }: WebhookOptions,
  session: Session,
  [url]: readonly unknown[],
): Promise<void> {
  const json = { url, events: listOf(events), description };
  const answer = await session.admin().send<WireWebhook & { secret: string }>('POST', PATH, { json });
  session.output.showSecret(answer, answer.body.secret);
  session.output.note(`It signs the messages to webhook ${answer.body.id}, and is not shown again.`);
}

async function updateWebhook(
  { url, events, description, active }: WebhookOptions,
  session: Session,
  [id]: readonly unknown[],
): Promise<void> {
  const json = {
    url,
    events: listOf(events),
    description: emptyAsNull(description),
    is_active: active,
  };
  if (Object.values(json).every((value) => value === undefined)) {
    throw new UsageFailure(
      'There is nothing to change: pass --url, --events, --description, --active or --no-active.',
    );
  }
  const answer = await session.admin().send<WireWebhook>('PATCH', `${PATH}/${String(id)}`, { json });
  session.output.show(answer, (webhook) => {
    const state = webhook.is_active ? 'active' : 'disabled';
    return `Changed webhook ${webhook.id} (${state}).`;
  });
}

async function deleteWebhook(
  options: Confirmable,
  session: Session,
  [id]: readonly unknown[],
): Promise<void> {
  requireAnswerable(options, session, 'ota webhook delete');
  const what = `Delete webhook ${String(id)}; what waits for it is not sent.`;
  await askFirst(options, session, () => Promise.resolve(what), 'Nothing was deleted.');
  const answer = await session.admin().send('DELETE', `${PATH}/${String(id)}`);
  session.output.show(answer, () => `Webhook ${String(id)} is deleted.`);
}

async function testWebhook(_options: object, session: Session, [id]: readonly unknown[]): Promise<void> {
  const answer = await session
    .admin()
    .send<{ delivered: boolean; status: number | null; error: string | null }>(
      'POST',
      `${PATH}/${String(id)}/test`,
    );
  const { delivered, status, error } = answer.body;
  if (!delivered) throw new CommandFailure(error ?? 'The message did not arrive.');
  session.output.show(answer, () => `The message arrived: the receiver answered ${status ?? ''}.`);
}

async function listDeliveries(
  options: PageOptions,
  session: Session,
  [id]: readonly unknown[],
): Promise<void> {
  const { output } = session;
  const path = `${PATH}/${String(id)}/deliveries`;
  const answer = await readList<WireDelivery>(session.admin(), path, {}, options);
  output.show(
    answer,
    (rows) => renderPage(rows, answer, deliveryColumns(output.times), output, 'No deliveries.'),
    DELIVERY_FIELDS,
  );
}

const deliveryColumns = (times: Times): readonly Column<WireDelivery>[] => [
  { title: 'ID', cell: ({ id }) => id, align: 'right' },
  { title: 'EVENT', cell: ({ type }) => type },
  { title: 'ENTITY', cell: ({ entity }) => entity, least: 12 },
  {
    title: 'STATE',
    cell: ({ state }) => state,
    style: ({ state }) => (state === 'failed' ? 'red' : state === 'delivered' ? 'green' : null),
  },
  { title: 'TRIES', cell: ({ tries }) => tries, align: 'right' },
  { title: 'CREATED', cell: ({ created_at }) => times.age(created_at), leaveOut: 2 },
  { title: 'ERROR', cell: ({ last_error }) => last_error ?? '', least: 16, leaveOut: 1 },
];
