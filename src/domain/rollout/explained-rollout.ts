import { SECURE_VERSION } from '../filter/usual-attributes.js';
import type { Instant } from '../instant.js';
import type { FullReason } from './admission.js';
import type { RolloutState } from './rollout-states.js';
import type { RefusalReason } from '../update-decision.js';
import type { RolloutStanding, WithheldReason } from './standing.js';

/** `held`: fewer devices check in than usual. `asked`: it had no room for a device a moment ago. */
export type NoRoom = FullReason | 'held' | 'asked';

/** A rollout, as somebody is told what it has for a device. */
export interface ExplainedRollout {
  readonly id: number;
  /** Of its firmware: `1.2.0 build 3`. */
  readonly firmware: string;
  readonly state: RolloutState;
  /** null: it is not for the device. */
  readonly standing: RolloutStanding | null;
  /** Of the phase that holds, from 0. */
  readonly phaseIndex: number;
  readonly phaseCount: number;
  readonly startsAt: Instant | null;
  /** When it may offer its firmware to the device next, by its hours. */
  readonly opensAt: Instant;
  /** The zone of its hours is that of devices, and this device says none that is known: UTC holds. */
  readonly lacksZone: boolean;
  /** What its target asks of devices is still being read. */
  readonly isUnread: boolean;
  /** This server has not heard of the database for so long that it may have been stopped. */
  readonly isStale: boolean;
  /** Why no more devices are offered the firmware at present; null: some may be. */
  readonly full: NoRoom | null;
  /** Why the device cannot be brought back to its firmware, which is older; null: it can, or need not. */
  readonly refusal: RefusalReason | null;
}

const TITLES: Readonly<Record<WithheldReason, string>> = {
  rollout_waiting: 'A rollout has not come to it yet',
  rollout_paused: 'Its rollout is stopped',
  outside_window: 'Its rollout offers it at other hours',
  attempts_exhausted: 'Its rollout does not offer it again',
};

/** Why a rollout withholds its firmware. */
export function whyWithheld(
  rollout: ExplainedRollout,
  reason: WithheldReason,
): { title: string; detail: string } {
  return { title: TITLES[reason], detail: `${nameOf(rollout)} ${DETAILS[reason](rollout)}` };
}

/** Why a device stays as it is that a rollout would bring back. */
export function whyItStays(
  rollout: ExplainedRollout,
  reason: RefusalReason,
): { title: string; detail: string } {
  const would = `${nameOf(rollout)} would bring it back to an older version.`;
  return reason === 'downgrade_not_accepted'
    ? {
        title: 'It does not accept an older version',
        detail: `${would} The device has not said in its checks that it accepts one (CONFIG_OTA_CLIENT_ACCEPT_DOWNGRADE of the ESP32 component).`,
      }
    : {
        title: 'Its anti-rollback counter is higher',
        detail: `${would} The ${SECURE_VERSION} of the device is higher than that of the firmware, so that it would not start it.`,
      };
}

/** What a rollout has for the device otherwise. */
export function whatItHas(rollout: ExplainedRollout): string {
  const name = nameOf(rollout);
  switch (rollout.standing?.kind) {
    case undefined:
      return `${name} is not for it.`;
    case 'granted':
      return rollout.state === 'finished'
        ? `${name} has finished, and is in force for it.`
        : `${name} offers it.`;
    case 'admission':
      return `${name} offers it when it asks, if there is room for one more device by then.`;
    case 'withheld':
      return `${name} withholds it: ${rollout.standing.reason}.`;
  }
}

const nameOf = ({ id, firmware }: ExplainedRollout): string => `Rollout ${id} of ${firmware}`;
const timeOf = (at: Instant): string => `${new Date(at / 1_000).toISOString().slice(0, 16)}Z`;

const NEXT_PHASE = 'The next one begins when all of this one is heard, and has soaked.';

const DETAILS: Readonly<Record<WithheldReason, (rollout: ExplainedRollout) => string>> = {
  rollout_waiting: (rollout) => {
    const { state, startsAt, phaseIndex, phaseCount } = rollout;
    if (rollout.isUnread)
      return 'asks what operators say of devices, and that is still being read. Look again in a moment.';
    if (state === 'scheduled') return startsAt === null ? 'has not begun.' : `begins at ${timeOf(startsAt)}.`;
    if (rollout.isStale) return 'may have been stopped: the server cannot reach its database.';
    if (rollout.full === 'held')
      return 'is held: fewer devices than usual check in, so that the network may be down. It goes on by itself.';
    if (rollout.full === 'phase')
      return `is in phase ${phaseIndex + 1} of ${phaseCount}, which has all the devices that it has room for. ${NEXT_PHASE}`;
    if (rollout.full === 'unconfirmed')
      return 'offers it to no more devices until some that were offered it have confirmed that they run it.';
    if (phaseIndex < phaseCount)
      return `is in phase ${phaseIndex + 1} of ${phaseCount}, which does not include the device. ${NEXT_PHASE}`;
    return 'has no room for one more device at present. It may come at the next check.';
  },
  rollout_paused: ({ id, state }) =>
    state === 'halted'
      ? `stopped itself, because too many devices failed: see "ota rollout show ${id}".`
      : `is paused. An operator resumes it: "ota rollout resume ${id}".`,
  outside_window: ({ opensAt, lacksZone }) => {
    const zone = lacksZone ? ' The device says no time zone that is known, so that UTC holds.' : '';
    return `offers it only at certain hours. It may come from ${timeOf(opensAt)}.${zone}`;
  },
  attempts_exhausted: () =>
    'does not offer it again: the device failed with it, here or in an earlier rollout, gave up too often, or was excused. Another firmware may be offered; or the same by another rollout, once it is excused where it failed: "ota rollout excuse".',
};
