import type { DeviceAccessState } from './device-access.js';
import type { DomainCode } from './errors.js';

/** What decides whom an enrolment key lets in. */
export interface EnrollmentKeyRules {
  readonly id: number;
  readonly deviceType: string;
  readonly requiresAcceptance: boolean;
  /** After it no further device begins to enrol; null: never. */
  readonly expiresAt: Date | null;
  /** null: as many as ask. */
  readonly maxDevices: number | null;
  /** Devices that have used it, and no other one since. */
  readonly enrolled: number;
  readonly revokedAt: Date | null;
}

export interface EnrollmentRequest {
  readonly deviceId: number;
  readonly deviceType: string;
}

/**
 * `isNew`: the device has used no key or another one before. It counts among the devices of this key from now on, and no
 * more among those of the other one: each device has one place, so no key runs out because devices change between keys.
 */
export type EnrollmentOutcome =
  | { readonly kind: 'token' | 'pending'; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly code: DomainCode; readonly sentence: string };

const refused = (code: DomainCode, sentence: string): EnrollmentOutcome => ({
  kind: 'refused',
  code,
  sentence,
});

/**
 * What a device that shows an enrolment key is told. Asked again before its token was ever used, the answer is the same,
 * so that a lost answer loses nothing; the end of a key and its number of devices concern only those that begin.
 * @param usedKeyId the key that the device has used last; null: none
 */
export function decideEnrollment(
  { deviceId, deviceType }: EnrollmentRequest,
  key: EnrollmentKeyRules,
  state: DeviceAccessState,
  usedKeyId: number | null,
  now: Date,
): EnrollmentOutcome {
  const isNew = usedKeyId !== key.id;
  if (key.revokedAt) return refused('ENROLLMENT_KEY_REVOKED', 'The enrolment key was revoked.');
  if (isNew && key.expiresAt && key.expiresAt <= now) {
    return refused('ENROLLMENT_KEY_EXPIRED', `The enrolment key expired at ${key.expiresAt.toISOString()}.`);
  }
  if (key.deviceType !== deviceType) {
    return refused(
      'ENROLLMENT_DEVICE_TYPE',
      `The enrolment key is for devices of the type ${key.deviceType}, not ${deviceType}.`,
    );
  }
  if (state.isBlocked) return refused('DEVICE_BLOCKED', `Device ${deviceId} is blocked.`);
  if (state.enrollment === 'rejected') {
    return refused('DEVICE_BLOCKED', `The enrolment of device ${deviceId} was rejected.`);
  }
  if (state.isTokenUsed || state.identity === 'certificate') {
    return refused(
      'ALREADY_ENROLLED',
      `Device ${deviceId} is enrolled already; an admin must reset its token before it can enrol again.`,
    );
  }
  if (isNew && key.maxDevices !== null && key.enrolled >= key.maxDevices) {
    return refused(
      'ENROLLMENT_KEY_USED_UP',
      `The enrolment key has been used by the ${key.maxDevices} devices that it is for.`,
    );
  }
  const isAccepted = state.enrollment === 'accepted' || !key.requiresAcceptance;
  return { kind: isAccepted ? 'token' : 'pending', isNew };
}
