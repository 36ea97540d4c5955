import { PLAIN, type DeviceAccessState } from './device-access.js';
import { decideEnrollment, type EnrollmentKeyRules } from './enrollment.js';

const NOW = new Date('2026-01-31T12:00:00Z');
const KEY: EnrollmentKeyRules = {
  id: 7,
  deviceType: 'scales',
  requiresAcceptance: false,
  expiresAt: null,
  maxDevices: null,
  enrolled: 0,
  revokedAt: null,
};
const TOKEN: DeviceAccessState = { ...PLAIN, identity: 'token' };

interface Given {
  readonly key?: Partial<EnrollmentKeyRules>;
  readonly state?: Partial<DeviceAccessState>;
  readonly usedKeyId?: number;
  readonly deviceType?: string;
}

const decide = ({ key, state, usedKeyId = 0, deviceType = 'scales' }: Given): string => {
  const outcome = decideEnrollment(
    { deviceId: 1, deviceType },
    { ...KEY, ...key },
    { ...PLAIN, ...state },
    usedKeyId === 0 ? null : usedKeyId,
    NOW,
  );
  if (outcome.kind === 'refused') return outcome.code;
  return `${outcome.kind}${outcome.isNew ? ', counted' : ''}`;
};

describe('an enrolment', () => {
  const expired = { expiresAt: NOW };
  const full = { maxDevices: 2, enrolled: 2 };
  const strict = { requiresAcceptance: true };
  it.each<[string, Given, string]>([
    ['gives a token', {}, 'token, counted'],
    ['gives it again when the answer was lost', { state: TOKEN, usedKeyId: 7 }, 'token'],
    ['does so after the end of the key', { key: expired, state: TOKEN, usedKeyId: 7 }, 'token'],
    ['does so when the key is used up', { key: full, state: TOKEN, usedKeyId: 7 }, 'token'],
    ['gives a token that an admin made', { state: TOKEN }, 'token, counted'],
    ['waits for acceptance', { key: strict }, 'pending, counted'],
    ['goes on waiting', { key: strict, state: { enrollment: 'pending' }, usedKeyId: 7 }, 'pending'],
    [
      'gives the token once accepted',
      { key: strict, state: { enrollment: 'accepted' }, usedKeyId: 7 },
      'token',
    ],
    [
      'does not wait with a key that needs no acceptance',
      { state: { enrollment: 'pending' }, usedKeyId: 8 },
      'token, counted',
    ],
    ['counts again when another key was used meanwhile', { state: TOKEN, usedKeyId: 8 }, 'token, counted'],
    [
      'has no place any more at a full key that it left for another one',
      { key: full, state: TOKEN, usedKeyId: 8 },
      'ENROLLMENT_KEY_USED_UP',
    ],
    ['is refused once rejected', { state: { enrollment: 'rejected' }, usedKeyId: 7 }, 'DEVICE_BLOCKED'],
    ['is refused while blocked', { state: { isBlocked: true } }, 'DEVICE_BLOCKED'],
    [
      'is refused once a token was used',
      { state: { ...TOKEN, isTokenUsed: true }, usedKeyId: 7 },
      'ALREADY_ENROLLED',
    ],
    ['is refused to a device with a certificate', { state: { identity: 'certificate' } }, 'ALREADY_ENROLLED'],
    ['is refused for another device type', { deviceType: 'lamp' }, 'ENROLLMENT_DEVICE_TYPE'],
    ['is refused after the end of the key', { key: expired }, 'ENROLLMENT_KEY_EXPIRED'],
    ['is refused when the key is used up', { key: full }, 'ENROLLMENT_KEY_USED_UP'],
    [
      'is refused when the key was revoked',
      { key: { revokedAt: NOW }, state: TOKEN, usedKeyId: 7 },
      'ENROLLMENT_KEY_REVOKED',
    ],
  ])('%s', (_name, given, expected) => {
    expect(decide(given)).toBe(expected);
  });
});
