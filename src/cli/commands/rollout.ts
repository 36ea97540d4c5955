import { Option, type Command } from 'commander';
import { DEVICE_STATES } from '../../domain/rollout/device-events.js';
import { ROLLOUT_STATES } from '../../domain/rollout/rollout-states.js';
import { UsageFailure } from '../api/failure.js';
import {
  ROLLOUT_DEVICE_FIELDS,
  ROLLOUT_FIELDS,
  type WireRollout,
  type WireRolloutDetail,
  type WireRolloutDevice,
} from '../api/wire/rollouts.js';
import { askFirst, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import type { Io } from '../io.js';
import { deviceId, examples, share } from '../options.js';
import { renderPage } from '../output/page.js';
import { describeRollout, rolloutColumns, rolloutDeviceColumns } from '../output/rollouts.js';
import { repeated } from '../rollout-options.js';
import { readList, type PageOptions } from '../read-list.js';
import { inSession, type Session } from '../session.js';
import { addPaging } from './list.js';
import { addRolloutCreate } from './rollout-create.js';
import { addRolloutReasons } from './rollout-reasons.js';
import { ROLLOUT_ARGUMENT, ROLLOUTS_PATH, WATCH, watchRollout } from './rollout-watch.js';

interface ListOptions extends PageOptions {
  readonly state?: string;
}

interface ActOptions extends Confirmable {
  readonly watch?: boolean;
  readonly maxFailureRate?: number;
}

interface ExcuseOptions {
  readonly device: readonly number[];
  readonly reason: string;
}

export function addRollout(program: Command, io: Io): void {
  const rollout = program
    .command('rollout')
    .summary('bring a firmware to devices step by step')
    .description(
      'Commands for rollouts. A rollout offers a firmware to a few devices first, to more as they confirm it, and stops by ' +
        'itself when too many fail.',
    );
  addRolloutCreate(rollout, io);
  addPaging(
    rollout
      .command('list')
      .summary('list the rollouts')
      .description('Lists the rollouts, the newest first.')
      .addOption(new Option('--state <state>', 'only those in this state').choices(ROLLOUT_STATES)),
  ).action(inSession(io, list));
  rollout
    .command('show')
    .summary('show a rollout')
    .description('Shows where a rollout stands, why it halted, and which parts of the fleet fail.')
    .argument(...ROLLOUT_ARGUMENT)
    .option(...WATCH)
    .action(inSession(io, show));
  addPaging(
    rollout
      .command('devices')
      .summary('list the devices of a rollout')
      .description('Lists the devices that a rollout has offered its firmware, the newest offer first.')
      .argument(...ROLLOUT_ARGUMENT)
      .addOption(new Option('--state <state>', 'only those in this state').choices(DEVICE_STATES)),
  ).action(inSession(io, devices));
  addRolloutReasons(rollout, io);
  const act = (name: string, summary: string, description: string): Command =>
    rollout
      .command(name)
      .summary(summary)
      .description(description)
      .argument(...ROLLOUT_ARGUMENT);
  act('start', 'start a rollout', 'Starts a draft, or one that is scheduled before its time.')
    .option(...WATCH)
    .action(inSession(io, acting('start')));
  act('approve', 'approve a rollout', 'Approves a rollout that another person made.').action(
    inSession(io, acting('approve')),
  );
  act(
    'pause',
    'pause a rollout',
    'Offers nothing more until it is resumed. What devices report still counts.',
  ).action(inSession(io, acting('pause')));
  act(
    'resume',
    'resume a rollout',
    'Resumes a rollout that was paused, or one that halted once devices were excused or with a higher failure rate.',
  )
    .option('--max-failure-rate <share>', 'share of devices that may fail, higher than before', share)
    .option(...WATCH)
    .action(inSession(io, acting('resume')));
  act(
    'abort',
    'abort a rollout',
    'Ends a rollout for ever; its firmware is no longer served. Asks for confirmation.',
  )
    .option(...YES)
    .action(inSession(io, acting('abort')));
  act(
    'finish',
    'finish a rollout',
    'Offers the firmware to all devices of the target from now on, whatever the evidence. Asks for confirmation.',
  )
    .option(...YES)
    .action(inSession(io, acting('finish')));
  const excuse = act(
    'excuse',
    'excuse devices of a rollout',
    'Takes devices out of the count that failed for another reason than the firmware. Does not resume the rollout.',
  )
    .requiredOption('--device <id...>', 'ids or MAC addresses of the devices', repeated(deviceId))
    .requiredOption('--reason <text>', 'why they failed')
    .action(inSession(io, excuseDevices));
  examples(excuse, [
    [
      'A workshop without power',
      'ota rollout excuse 3 --device 123 456 --reason "no power" && ota rollout resume 3',
    ],
  ]);
}

async function list({ state, ...page }: ListOptions, session: Session): Promise<void> {
  const { output } = session;
  const answer = await readList<WireRollout>(session.admin(), ROLLOUTS_PATH, { state }, page);
  const whenEmpty = 'No rollouts. To make one: ota rollout create <firmware id>';
  output.show(
    answer,
    (rows) => renderPage(rows, answer, rolloutColumns(output.times), output, whenEmpty),
    ROLLOUT_FIELDS,
  );
}

async function show({ watch }: ActOptions, session: Session, [id]: readonly unknown[]): Promise<void> {
  if (watch === true) return watchRollout(session, Number(id));
  const answer = await session.admin().send<WireRolloutDetail>('GET', `${ROLLOUTS_PATH}/${String(id)}`);
  session.output.show(answer, describeRollout, ROLLOUT_FIELDS);
}

async function devices(
  { state, ...page }: ListOptions,
  session: Session,
  [id]: readonly unknown[],
): Promise<void> {
  const { output } = session;
  const path = `${ROLLOUTS_PATH}/${String(id)}/devices`;
  const answer = await readList<WireRolloutDevice>(session.admin(), path, { state }, page);
  output.show(
    answer,
    (rows) => renderPage(rows, answer, rolloutDeviceColumns(output.times), output, 'No devices.'),
    ROLLOUT_DEVICE_FIELDS,
  );
}

const QUESTIONS: Readonly<Record<string, string>> = {
  abort: 'is ended for ever, and its firmware is no longer served.',
  finish: 'is finished: all devices of its target are offered the firmware, whatever the evidence.',
};

function acting(action: string) {
  return async (options: ActOptions, session: Session, [id]: readonly unknown[]): Promise<void> => {
    const question = QUESTIONS[action];
    if (question !== undefined) {
      requireAnswerable(options, session, `ota rollout ${action}`);
      const describe = (): Promise<string> => Promise.resolve(`Rollout ${String(id)} ${question}`);
      await askFirst(options, session, describe, 'The rollout has not changed.');
    }
    const json = action === 'resume' ? { max_failure_rate: options.maxFailureRate } : undefined;
    const path = `${ROLLOUTS_PATH}/${String(id)}/${action}`;
    const answer = await session.admin().send<WireRolloutDetail>('POST', path, json ? { json } : {});
    if (options.watch === true) return watchRollout(session, Number(id));
    session.output.show(answer, describeRollout, ROLLOUT_FIELDS);
  };
}

async function excuseDevices(
  { device, reason }: ExcuseOptions,
  session: Session,
  [id]: readonly unknown[],
): Promise<void> {
  if (reason.trim() === '') throw new UsageFailure('--reason must say why the devices failed.');
  const path = `${ROLLOUTS_PATH}/${String(id)}/excuse`;
  const json = { device_ids: device, reason };
  const answer = await session.admin().send<WireRolloutDetail>('POST', path, { json });
  session.output.show(answer, describeRollout, ROLLOUT_FIELDS);
}
