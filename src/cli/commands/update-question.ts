import type { FirmwareDetail } from '../api/wire/firmware.js';
import {
  askFirst,
  describeAudience,
  requireAnswerable,
  wouldBeOffered,
  type Confirmable,
} from '../confirmation.js';
import { getFirmware } from '../find-firmware.js';
import { emptyAsNull } from '../options.js';
import { nameOf } from '../output/firmware.js';
import type { Session } from '../session.js';
import { describeDeactivation } from './deactivate.js';

/** The part of a change that affects what devices are offered or served. */
export interface OfferChange extends Confirmable {
  readonly stable?: boolean;
  readonly active?: boolean;
  readonly offerToUnparsable?: boolean;
  readonly minVersion?: string;
}

const NO = 'Nothing was changed.';

/**
 * Asks for confirmation before a change that affects the fleet.
 * @throws UsageFailure when there is no terminal to ask on
 * @throws CommandFailure when the answer is no
 */
export async function askBeforeChange(change: OfferChange, session: Session, id: number): Promise<void> {
  if (change.yes === true) return;
  const certain = certainFlag(change);
  // If the flags alone require a confirmation, refuse a pipeline before sending anything.
  if (certain !== null) requireAnswerable(change, session, certain);
  if (change.active === false) {
    await askFirst(change, session, () => describeDeactivation(session, id), NO);
    return;
  }
  const flag = certain ?? conditionalFlag(change);
  if (flag === null) return;
  const now = await getFirmware(session.admin(), id);
  const then = { ...now, ...changedBy(change) };
  if (!isNoticed(now, then)) return;
  requireAnswerable(change, session, flag);
  if (!isOffered(now)) for (const warning of now.image?.warnings ?? []) session.output.warn(warning);
  await askFirst(change, session, () => describeChange(session, now, then), NO);
}

/** The flags that need a confirmation in any state of the firmware. */
function certainFlag({ stable, active, offerToUnparsable }: OfferChange): string | null {
  if (active === false) return '--no-active';
  if (stable === true) return '--stable';
  if (active === true) return '--active';
  return offerToUnparsable === true ? '--offer-to-unparsable' : null;
}

/** The flags that need a confirmation only for a released firmware. */
function conditionalFlag({ stable, offerToUnparsable, minVersion }: OfferChange): string | null {
  if (stable === false) return '--no-stable of a released firmware';
  if (minVersion !== undefined) return '--min-version of a released firmware';
  return offerToUnparsable === false ? '--no-offer-to-unparsable of a released firmware' : null;
}

const isOffered = ({ is_active, is_stable }: FirmwareDetail): boolean => is_active && is_stable;

/** Returns whether a change affects what devices are offered or served. */
function isNoticed(now: FirmwareDetail, then: FirmwareDetail): boolean {
  if (then.is_active !== now.is_active || isOffered(then) !== isOffered(now)) return true;
  if (!isOffered(then)) return false;
  return then.min_current_version !== now.min_current_version || reachesAll(then) !== reachesAll(now);
}

const reachesAll = ({ offer_to_unparsable }: FirmwareDetail): boolean => offer_to_unparsable === true;

async function describeChange(session: Session, now: FirmwareDetail, then: FirmwareDetail): Promise<string> {
  const audienceOf = (say: (count: string) => string): Promise<string> =>
    describeAudience(session.admin(), then, say);
  if (!isOffered(then)) {
    if (isOffered(now)) {
      const audience = await describeAudience(
        session.admin(),
        now,
        (count) => `it is offered to ${count} of them now, and to none afterwards`,
      );
      return `Withdraw ${nameOf(now)}: ${audience}.`;
    }
    const audience = await audienceOf(() => 'none would be offered it, because it is not stable');
    return `Activate ${now.version} build ${now.build_number} to ${now.device_type}: ${audience}.`;
  }
  const others = reachesAll(then) ? ', plus those whose version cannot be read' : '';
  if (!isOffered(now) || (reachesAll(then) && !reachesAll(now))) {
    const name = `${now.version} build ${now.build_number}`;
    return `Release ${name} to ${now.device_type}: ${await audienceOf(wouldBeOffered)}${others}.`;
  }
  const audience = await audienceOf((count) => `${count} would be offered it afterwards`);
  return `Offer ${nameOf(now)} ${restriction(now, then)}: ${audience}${others}.`;
}

/** Describes how a change restricts or widens the devices that a released firmware is offered to. */
function restriction(now: FirmwareDetail, then: FirmwareDetail): string {
  const floor = then.min_current_version;
  return [
    ...(floor === now.min_current_version
      ? []
      : [floor === null ? 'to devices on any version' : `only to devices on ${floor} or newer`]),
    ...(reachesAll(then) === reachesAll(now) ? [] : ['no longer to devices whose version cannot be read']),
  ].join(', and ');
}

function changedBy({
  stable,
  active,
  offerToUnparsable,
  minVersion,
}: OfferChange): Partial<
  Pick<FirmwareDetail, 'is_stable' | 'is_active' | 'offer_to_unparsable' | 'min_current_version'>
> {
  return {
    ...(stable !== undefined && { is_stable: stable }),
    ...(active !== undefined && { is_active: active }),
    ...(offerToUnparsable !== undefined && { offer_to_unparsable: offerToUnparsable }),
    ...(minVersion !== undefined && { min_current_version: emptyAsNull(minVersion) ?? null }),
  };
}
