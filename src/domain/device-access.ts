/** `open`: a device needs no credentials unless it has an identity. `required`: every device needs them. */
export const DEVICE_AUTH_MODES = ['open', 'required'] as const;
export type DeviceAuthMode = (typeof DEVICE_AUTH_MODES)[number];

/** By what a device proves who it is; `none`: by nothing so far. */
export const DEVICE_IDENTITIES = ['none', 'token', 'certificate'] as const;
export type DeviceIdentity = (typeof DEVICE_IDENTITIES)[number];

/** Where a device stands in the enrolment. `none`: it never asked, or needed nobody's acceptance. */
export const ENROLLMENTS = ['none', 'pending', 'accepted', 'rejected'] as const;
export type Enrollment = (typeof ENROLLMENTS)[number];

/** What the server knows of a device that decides who may speak for it. */
export interface DeviceAccessState {
  readonly identity: DeviceIdentity;
  readonly enrollment: Enrollment;
  /** An operator has shut it out, whatever else holds. */
  readonly isBlocked: boolean;
  /** Tokens of earlier epochs are revoked; 0 .. {@link MAX_EPOCH} */
  readonly epoch: number;
  /** A token of this epoch has arrived, so nobody else is given it. */
  readonly isTokenUsed: boolean;
}

/** A device that nobody has decided anything about: most of them, where credentials are not required. */
export const PLAIN: DeviceAccessState = {
  identity: 'none',
  enrollment: 'none',
  isBlocked: false,
  epoch: 0,
  isTokenUsed: false,
};

/** What a request proves: `none`: it has no credentials. `wrong`: they are not valid. A number: the device that sent it. */
export type Proof = 'none' | 'wrong' | number;

/** Whether a device is served, or why not. */
export type Standing = 'admitted' | 'blocked' | 'pending' | 'rejected';

/** The same of a request, which may come from somebody else. */
export type Verdict = Standing | 'unauthenticated' | 'other_device';

/** Whether a token is in force. One of a later epoch is: another server has made it, and this one has not heard of it. */
export const isInForce = (tokenEpoch: number, { epoch }: DeviceAccessState): boolean => tokenEpoch >= epoch;

export function standingOf({ isBlocked, enrollment }: DeviceAccessState): Standing {
  if (isBlocked) return 'blocked';
  return enrollment === 'pending' || enrollment === 'rejected' ? enrollment : 'admitted';
}

/** Where nobody needs credentials, asking for some must not shut out whoever has none yet. */
export function standingIn(mode: DeviceAuthMode, state: DeviceAccessState): Standing {
  const standing = standingOf(state);
  return standing === 'pending' && mode === 'open' && state.identity === 'none' ? 'admitted' : standing;
}

/** Judges a request that says which device it is from, with the state of that device. */
export function judgeDevice(
  mode: DeviceAuthMode,
  deviceId: number,
  proof: Proof,
  state: DeviceAccessState,
): Verdict {
  if (proof === 'wrong') return 'unauthenticated';
  if (proof === 'none') {
    return mode === 'required' || state.identity !== 'none' ? 'unauthenticated' : standingIn(mode, state);
  }
  return proof === deviceId ? standingIn(mode, state) : 'other_device';
}

/**
 * Judges a download, which is from the device that its URL was signed for or that its credentials prove.
 * @param signedFor null: URLs are not signed. The signature itself is verified elsewhere, and refused there
 */
export function judgeDownload(
  mode: DeviceAuthMode,
  signedFor: number | null,
  proof: Proof,
  stateOf: (deviceId: number) => DeviceAccessState,
): Verdict {
  if (signedFor !== null) {
    return typeof proof === 'number' && proof !== signedFor
      ? 'other_device'
      : standingIn(mode, stateOf(signedFor));
  }
  if (proof === 'wrong') return 'unauthenticated';
  if (proof === 'none') return mode === 'required' ? 'unauthenticated' : 'admitted';
  return standingIn(mode, stateOf(proof));
}

const EPOCH_UNIT = 64;
/** As many as are left in 32 bits. */
export const MAX_EPOCH = 2 ** 32 / EPOCH_UNIT - 1;

/** The state as 32 bits, so that a process can keep those of a million devices. 0 is {@link PLAIN}. */
export const packState = ({
  identity,
  enrollment,
  isBlocked,
  epoch,
  isTokenUsed,
}: DeviceAccessState): number =>
  DEVICE_IDENTITIES.indexOf(identity) +
  4 * ENROLLMENTS.indexOf(enrollment) +
  16 * Number(isBlocked) +
  32 * Number(isTokenUsed) +
  EPOCH_UNIT * epoch;

export const unpackState = (packed: number): DeviceAccessState => ({
  identity: DEVICE_IDENTITIES[packed & 3] ?? 'none',
  enrollment: ENROLLMENTS[(packed >>> 2) & 3] ?? 'none',
  isBlocked: (packed & 16) !== 0,
  isTokenUsed: (packed & 32) !== 0,
  epoch: Math.floor(packed / EPOCH_UNIT),
});

/**
 * The state of a device for which an admin makes a token. A reset revokes those that it has.
 * @returns null when its token is in use, so that it takes a reset
 */
export function withToken(state: DeviceAccessState, isReset: boolean): DeviceAccessState | null {
  if (state.isTokenUsed && !isReset) return null;
  const identity = state.identity === 'none' ? 'token' : state.identity;
  return { ...(isReset ? withoutTokens(state) : state), identity, enrollment: 'accepted' };
}

/** The state of a device whose tokens are revoked; it may enrol again, and be accepted again where its key says so. */
export const withoutTokens = (state: DeviceAccessState): DeviceAccessState => ({
  ...state,
  enrollment: state.enrollment === 'accepted' ? 'none' : state.enrollment,
  epoch: state.epoch + 1,
  isTokenUsed: false,
});
