import { Option, type Command } from 'commander';
import type { Answer } from '../api/api-client.js';
import { ROLLOUT_FIELDS, type WireRolloutDetail, type WireRolloutPreview } from '../api/wire/rollouts.js';
import { askFirst, requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import type { Io } from '../io.js';
import { examples, futureTime, share, wholeNumber } from '../options.js';
import { describePreview, describeRollout } from '../output/rollouts.js';
import { minutes, phase, repeated, timeWindow, type WirePhase, type WireWindow } from '../rollout-options.js';
import { inSession, type Session } from '../session.js';
import { ROLLOUTS_PATH, WATCH, watchRollout } from './rollout-watch.js';

interface ChoiceOptions {
  readonly target?: string;
  readonly ramp?: string;
  readonly phase?: readonly WirePhase[];
  readonly window?: readonly WireWindow[];
  readonly zone?: string;
  readonly startsAt?: string;
  readonly maxFailureRate?: number;
  readonly falseAlarmRate?: number;
  readonly silentAfter?: number;
  readonly atRisk?: number;
  readonly attempts?: number;
  readonly needsApproval?: boolean;
  readonly downgrade?: boolean;
  readonly note?: string;
}

interface CreateOptions extends ChoiceOptions, Confirmable {
  readonly start?: boolean;
  readonly watch?: boolean;
}

export function addRolloutCreate(rollout: Command, io: Io): void {
  const create = addChoice(
    rollout
      .command('create')
      .summary('make a rollout')
      .description(
        'Makes a rollout of a firmware, a draft until it is started. With --start, shows how many devices would be offered ' +
          'the firmware, asks for confirmation, and starts it.',
      ),
    io,
  )
    .option('--start', 'start it at once')
    .option(...WATCH)
    .option(...YES)
    .action(inSession(io, createRollout));
  examples(create, [
    ['To all devices of the type', 'ota rollout create 7 --start --watch'],
    [
      'To the lab, an hour later to a tenth, a day later to all',
      'ota rollout create 7 --phase tag:lab:1h --phase 10%:1d',
    ],
    ['At night only', 'ota rollout create 7 --window "mon-fri 22:00-06:00" --zone Europe/Berlin'],
    ['To those who want it early', 'ota rollout create 7 --target channel:beta'],
  ]);
  addChoice(
    rollout
      .command('preview')
      .summary('show whom a rollout would reach')
      .description(
        'Shows how many devices a rollout would offer the firmware, and why the others not. Changes nothing.',
      ),
    io,
  ).action(inSession(io, preview));
}

const addChoice = (command: Command, io: Io): Command =>
  command
    .argument('<firmware>', 'id of the firmware, as shown by ota list', wholeNumber(1))
    .option('--target <filter>', 'only the devices that it finds, such as "channel:beta -tag:lab"')
    .addOption(
      new Option('--ramp <ramp>', 'evidence: as fast as the evidence allows; all: everybody at once').choices(
        ['evidence', 'all'],
      ),
    )
    .option(
      '--phase <phase>',
      'share, count or filter, and how long it soaks: 10%:60m, 50:1h, tag:lab:30m; repeatable, one after the other',
      repeated(phase),
    )
    .option(
      '--window <hours>',
      'only in these hours, such as "mon,tue 22:00-06:00" or "mon-fri 01:00-04:00"; repeatable',
      repeated(timeWindow),
    )
    .option('--zone <zone>', 'of the windows, such as Europe/Berlin (default: that of each device)')
    .option(
      '--starts-at <time>',
      'not before: in how long, such as 12h, or a time',
      futureTime(() => io.now()),
    )
    .option('--max-failure-rate <share>', 'share of devices that may fail (default: 0.02)', share)
    .option(
      '--false-alarm-rate <share>',
      'good releases that may be stopped by mistake (default: 0.01)',
      share,
    )
    .option(
      '--silent-after <time>',
      'silent for so long after the install began: failed (default: 15m)',
      minutes,
    )
    .option('--at-risk <share>', 'share of devices that may wait for their result (default: 0.02)', share)
    .option('--attempts <number>', 'after which a device is left out (default: 3)', wholeNumber(1, 20))
    .option('--needs-approval', 'another person has to approve it')
    .option('--downgrade', 'also for devices that run a newer version and accept an older one')
    .option('--note <text>', 'what it is for');

const choiceOf = (firmware: unknown, options: ChoiceOptions): object => ({
  firmware_id: firmware,
  target: options.target,
  ramp: options.ramp,
  phases: options.phase,
  windows: options.window,
  time_zone: options.zone,
  starts_at: options.startsAt,
  max_failure_rate: options.maxFailureRate,
  false_alarm_rate: options.falseAlarmRate,
  silent_after_minutes: options.silentAfter,
  max_at_risk_share: options.atRisk,
  attempts_per_device: options.attempts,
  needs_approval: options.needsApproval,
  allow_downgrade: options.downgrade,
  note: options.note,
});

const previewOf = (session: Session, json: object): Promise<Answer<WireRolloutPreview>> =>
  session.admin().send<WireRolloutPreview>('POST', `${ROLLOUTS_PATH}/preview`, { json });

async function preview(
  options: ChoiceOptions,
  session: Session,
  [firmware]: readonly unknown[],
): Promise<void> {
  session.output.show(await previewOf(session, choiceOf(firmware, options)), describePreview);
}

async function createRollout(
  options: CreateOptions,
  session: Session,
  [firmware]: readonly unknown[],
): Promise<void> {
  const json = choiceOf(firmware, options);
  const { start, watch } = options;
  if (start === true) {
    requireAnswerable(options, session, '--start');
    const describe = async (): Promise<string> => describePreview((await previewOf(session, json)).body);
    await askFirst(options, session, describe, 'No rollout was made.');
  }
  const admin = session.admin();
  const made = await admin.send<WireRolloutDetail>('POST', ROLLOUTS_PATH, { json });
  const { id } = made.body;
  const answer =
    start === true ? await admin.send<WireRolloutDetail>('POST', `${ROLLOUTS_PATH}/${id}/start`) : made;
  if (watch === true) return watchRollout(session, id);
  session.output.show(answer, describeRollout, ROLLOUT_FIELDS);
}
