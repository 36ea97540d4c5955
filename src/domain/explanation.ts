import type { Standing } from './device-access.js';
import { isUnderWay, silenceOf, type DeviceCondition } from './device-status.js';
import { whatItHas, whyItStays, whyWithheld, type ExplainedRollout } from './rollout/explained-rollout.js';
import { isWithheld } from './rollout/standing.js';
import type { NoUpdateReason, UpdateDecision } from './update-decision.js';

/** What an explanation looks at, in this order. Wire names. */
export const STEP_CODES = [
  'admitted',
  'has_checked',
  'heard_lately',
  'release_exists',
  'version_readable',
  'newer_release',
  'floor_met',
  'rollout',
  'no_update_loop',
  'files_intact',
  'last_update',
  'one_device',
] as const;
export type StepCode = (typeof STEP_CODES)[number];

export interface Step {
  readonly code: StepCode;
  /** false: this is why the device gets no update, or does not take it. null: it does not matter, or was not looked at. */
  readonly ok: boolean | null;
  /** A few words. */
  readonly title: string;
  /** One sentence or two. */
  readonly detail: string;
  readonly subject: StepSubject;
}

/** What a reader may want to look at next. */
export type StepSubject =
  'device' | 'attempts' | 'firmware' | 'rollouts' | { readonly rollout: number } | null;

/** A release by its names. */
export interface NamedRelease {
  /** `1.2.0 build 3` */
  readonly name: string;
  /** The version that a device must run to be offered it. */
  readonly floor: string | null;
}

export interface ExplainedDevice extends DeviceCondition {
  /** Whether a check of it is served as it is asked, and why not. Its own `standing` is what was decided about it. */
  readonly served: Standing;
  /** The server asks for credentials, and the device has never had any. */
  readonly lacksCredentials: boolean;
  /** null: it never checked. */
  readonly running: { readonly deviceType: string; readonly version: string; readonly build: number } | null;
  /** What it reported with its last update, and of which firmware. */
  readonly lastReport: { readonly firmware: string; readonly message: string | null } | null;
  /** When a boot id came back that was not its last: milliseconds since 1970. */
  readonly bootIdsAlternatedAt: number | null;
}

export interface ExplainedPlan {
  /** The newest release for the type that everybody may have, or that a rollout has for the device; null: there is none. */
  readonly newest: NamedRelease | null;
  /** Newer than what the device runs, but it is below their floor; newest first. */
  readonly passedOver: readonly NamedRelease[];
  /** Stable, but not offered, because their files are damaged. */
  readonly damaged: readonly NamedRelease[];
  /** Those of the type that are under way or in force, of the newest firmware first. */
  readonly rollouts: readonly ExplainedRollout[];
}

const DAY_MS = 24 * 3_600_000;

/**
 * Puts the answer to a check into steps: at most one is false, and it is why the device is not updated. An up-to-date
 * device, and one that only has to ask, has none.
 * @param answer what a check of the device would be answered now, by the decision itself
 * @param now milliseconds since 1970
 */
export function explain(
  device: ExplainedDevice,
  plan: ExplainedPlan,
  answer: UpdateDecision<NamedRelease>,
  now: number,
): Step[] {
  const steps = STEP_CODES.map((code) => ({ code, ...STEPS[code]({ device, plan, answer, now }) }));
  const reason = steps.findIndex(({ ok }) => ok === false);
  // What comes after the reason may be otherwise by the time the reason is gone. Warnings are worth a look in any case.
  return reason === -1
    ? steps
    : steps.filter(({ ok, code }, index) => index <= reason || isWarning(code, ok));
}

const isWarning = (code: StepCode, ok: boolean | null): boolean =>
  ok === null && (code === 'files_intact' || code === 'one_device');

interface Question {
  readonly device: ExplainedDevice;
  readonly plan: ExplainedPlan;
  readonly answer: UpdateDecision<NamedRelease>;
  readonly now: number;
}
type Finding = Omit<Step, 'code'>;

const isAnswered = ({ answer }: Question, reason: NoUpdateReason): boolean =>
  answer.kind === 'none' && answer.reason === reason;
const finding = (
  ok: boolean | null,
  title: string,
  detail: string,
  subject: StepSubject = null,
): Finding => ({
  ok,
  title,
  detail,
  subject,
});

const STEPS: Readonly<Record<StepCode, (question: Question) => Finding>> = {
  admitted: ({ device: { served, standing, lacksCredentials } }) => {
    switch (served) {
      case 'blocked':
        return finding(
          false,
          'It is blocked',
          'An operator blocked it. Unblock it to let it update.',
          'device',
        );
      case 'rejected':
        return finding(false, 'Its enrolment was rejected', 'Accept it to let it update.', 'device');
      case 'pending':
        return finding(
          false,
          'It waits to be accepted',
          'It enrolled with a key that asks for acceptance. Accept or reject it.',
          'device',
        );
      case 'admitted':
        if (lacksCredentials) {
          return finding(
            false,
            'It has no credentials',
            'The server serves only devices with a token or a certificate (DEVICE_AUTH=required), and it has never had one. Let it enrol, or give it a token.',
            'device',
          );
        }
        return standing === 'pending'
          ? finding(true, 'It may update', 'It waits to be accepted, and is served meanwhile.', 'device')
          : finding(true, 'It may update', 'Nobody has blocked it.');
    }
  },
  has_checked: ({ device: { running } }) =>
    running
      ? finding(
          true,
          'It has checked',
          `It runs ${running.version} build ${running.build} of ${running.deviceType}.`,
        )
      : finding(
          false,
          'It has never checked',
          'The server knows it by a report, an enrolment or an operator, but it never asked for an update: look at the address that it asks, and at its network.',
        ),
  heard_lately: ({ device, now }) => {
    const silence = silenceOf(device.checkInterval);
    const ago = spanOf((now - device.lastSeenAt) / 1_000);
    const habit =
      device.checkInterval === null ? '' : ` It usually asks every ${spanOf(device.checkInterval)}.`;
    return now - device.lastSeenAt > silence * 1_000
      ? finding(
          false,
          'It is silent',
          `It was last heard ${ago} ago.${habit} It gets an update when it asks again.`,
          'device',
        )
      : finding(true, 'It was heard lately', `It was last heard ${ago} ago.${habit}`);
  },
  release_exists: (question) => {
    const { newest, damaged } = question.plan;
    const type = question.device.running?.deviceType ?? 'its type';
    if (newest !== null) {
      return finding(true, 'A release exists', `The newest for ${type} is ${newest.name}.`, 'firmware');
    }
    return damaged.length > 0
      ? finding(
          true,
          'A release exists',
          `Releases for ${type} exist, but their files are damaged.`,
          'firmware',
        )
      : finding(
          false,
          'Nothing is released for it',
          `No firmware for ${type} is active and stable. Release one, or correct the type that the device says.`,
          'firmware',
        );
  },
  version_readable: (question) => {
    const version = question.device.running?.version ?? '';
    return isAnswered(question, 'unparsable_current_version')
      ? finding(
          false,
          'Its version cannot be compared',
          `"${version}" has no place in the order of versions. Release a firmware that is marked for devices whose version cannot be compared.`,
          'device',
        )
      : finding(
          true,
          'Its version is understood',
          `"${version}" can be compared with releases, or a release is marked for it.`,
        );
  },
  newer_release: (question) => {
    const { newest, damaged } = question.plan;
    if (isAnswered(question, 'up_to_date')) {
      return finding(
        true,
        'It is up to date',
        `Nothing newer than what it runs is released; the newest is ${newest?.name ?? 'none'}.`,
      );
    }
    if (question.answer.kind === 'offer') {
      const { name } = question.answer.release;
      return finding(true, 'Something newer is released', `${name} is newer than what it runs.`, 'firmware');
    }
    const name = (newest ?? damaged[0])?.name ?? 'the newest release';
    return finding(true, 'Something else is released', `It is not ${name} that it runs.`, 'firmware');
  },
  floor_met: (question) => {
    const { passedOver } = question.plan;
    const floors = passedOver.map(({ name, floor }) => `${name} asks for ${floor ?? 'more'}`).join(', ');
    if (isAnswered(question, 'below_min_current_version')) {
      return finding(
        false,
        'It is below the floor',
        `${floors} or newer. Release a firmware in between that it may have, or lower the floor.`,
        'firmware',
      );
    }
    return passedOver.length === 0
      ? finding(true, 'It meets the floor', 'No newer release asks for more than what it runs.')
      : finding(
          true,
          'It climbs in steps',
          `${floors} or newer, so it is offered an older release first.`,
          'firmware',
        );
  },
  rollout: ({ plan: { rollouts }, answer }) => {
    if (answer.kind === 'none' && isWithheld(answer.reason)) {
      const { reason } = answer;
      const withholding = rollouts.find(
        ({ standing }) => standing?.kind === 'withheld' && standing.reason === reason,
      );
      if (withholding) {
        const { title, detail } = whyWithheld(withholding, reason);
        return finding(false, title, detail, { rollout: withholding.id });
      }
    }
    const refused = rollouts.find(
      ({ standing, refusal }) => standing !== null && answer.kind === 'none' && refusal === answer.reason,
    );
    if (refused?.refusal) {
      const { title, detail } = whyItStays(refused, refused.refusal);
      return finding(false, title, detail, { rollout: refused.id });
    }
    if (rollouts.length === 0) return finding(true, 'No rollout decides', 'Its type has no rollout.');
    const isForIt = rollouts.some(({ standing }) => standing !== null);
    return finding(
      isForIt ? true : null,
      isForIt ? 'Rollouts let it update' : 'No rollout is for it',
      rollouts.map(whatItHas).join(' '),
      'rollouts',
    );
  },
  no_update_loop: (question) =>
    isAnswered(question, 'update_loop')
      ? finding(
          false,
          'It installs the same again and again',
          'It reported success several times and still runs something else. The image says another version than the one that was published, or the device rolls back without saying so.',
          'attempts',
        )
      : finding(true, 'It does not update in a loop', 'It has not installed one firmware again and again.'),
  last_update: ({ device, answer, now }) => {
    const { lastUpdate, lastReport } = device;
    if (!lastUpdate || !lastReport)
      return finding(null, 'It has not tried to update', 'No attempt is on record.', 'attempts');
    const { firmware, message } = lastReport;
    if (isUnderWay(lastUpdate, now)) {
      return finding(
        true,
        'It is updating',
        `The attempt at ${firmware} says ${lastUpdate.status}.`,
        'attempts',
      );
    }
    if (lastUpdate.status !== 'failed') {
      return finding(
        true,
        'Its last update did not fail',
        `The last attempt at ${firmware} says ${lastUpdate.status}.`,
        'attempts',
      );
    }
    const words = message === null ? '' : `: "${message}"`;
    // It may not take what it failed with; another firmware it has not tried.
    const isReason = answer.kind === 'offer' && answer.release.name === firmware;
    return lastUpdate.isRolledBack
      ? finding(
          isReason ? false : null,
          'It rolled back',
          `It started ${firmware} and went back to what it ran before${words}.`,
          'attempts',
        )
      : finding(
          isReason ? false : null,
          'Its last update failed',
          `The attempt at ${firmware} failed${words}.`,
          'attempts',
        );
  },
  files_intact: ({ plan: { newest, damaged } }) =>
    damaged.length === 0
      ? finding(true, 'The files are intact', 'No release for its type has a damaged or missing file.')
      : finding(
          newest === null ? false : null,
          damaged.length === 1 ? 'A file is damaged' : 'Files are damaged',
          `${damaged.map(({ name }) => name).join(', ')}: damaged or missing in the store, so it is not offered. Restore the file from a backup.`,
          'firmware',
        ),
  one_device: ({ device: { bootIdsAlternatedAt }, now }) =>
    bootIdsAlternatedAt !== null && now - bootIdsAlternatedAt < DAY_MS
      ? finding(
          null,
          'Two devices may share this id',
          'Boot ids alternate, as if two devices asked with one id. What is said here may be of either.',
          'device',
        )
      : finding(true, 'One device has this id', 'Boot ids do not alternate.'),
};

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** `3 hours`; rounded down to the largest unit. */
export function spanOf(seconds: number): string {
  const [unit, size] = UNITS.find(([, one]) => seconds >= one) ?? ['second', 1];
  const count = Math.max(0, Math.floor(seconds / size));
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
