import fc from 'fast-check';
import {
  DEVICE_AUTH_MODES,
  DEVICE_IDENTITIES,
  ENROLLMENTS,
  isInForce,
  judgeDevice,
  judgeDownload,
  MAX_EPOCH,
  packState,
  PLAIN,
  standingOf,
  unpackState,
  withoutTokens,
  withToken,
  type DeviceAccessState,
  type DeviceAuthMode,
  type Proof,
  type Verdict,
} from './device-access.js';

const someState: fc.Arbitrary<DeviceAccessState> = fc.record({
  identity: fc.constantFrom(...DEVICE_IDENTITIES),
  enrollment: fc.constantFrom(...ENROLLMENTS),
  isBlocked: fc.boolean(),
  epoch: fc.integer({ min: 0, max: MAX_EPOCH }),
  isTokenUsed: fc.boolean(),
});
const someProof: fc.Arbitrary<Proof> = fc.constantFrom<Proof>('none', 'wrong', 1, 2);
const someMode = fc.constantFrom(...DEVICE_AUTH_MODES);
const TOKEN: DeviceAccessState = { ...PLAIN, identity: 'token' };
const BLOCKED: DeviceAccessState = { ...PLAIN, isBlocked: true };
const PENDING: DeviceAccessState = { ...PLAIN, enrollment: 'pending' };
const REJECTED: DeviceAccessState = { ...PLAIN, enrollment: 'rejected' };

describe('the verdict on a request of device 1', () => {
  it.each<[string, DeviceAuthMode, Proof, DeviceAccessState, Verdict]>([
    ['open, plain, nothing sent', 'open', 'none', PLAIN, 'admitted'],
    ['open, plain, its own token', 'open', 1, PLAIN, 'admitted'],
    ['open, plain, a wrong token', 'open', 'wrong', PLAIN, 'unauthenticated'],
    ['open, plain, the token of another', 'open', 2, PLAIN, 'other_device'],
    ['open, with an identity, nothing sent', 'open', 'none', TOKEN, 'unauthenticated'],
    ['open, with an identity, its token', 'open', 1, TOKEN, 'admitted'],
    ['open, blocked', 'open', 'none', BLOCKED, 'blocked'],
    ['open, pending: it is served as before it asked', 'open', 'none', PENDING, 'admitted'],
    ['open, rejected', 'open', 'none', REJECTED, 'rejected'],
    ['open, blocked while pending', 'open', 'none', { ...PENDING, isBlocked: true }, 'blocked'],
    ['required, plain, nothing sent', 'required', 'none', PLAIN, 'unauthenticated'],
    ['required, blocked, nothing sent', 'required', 'none', BLOCKED, 'unauthenticated'],
    ['required, blocked, its token', 'required', 1, { ...TOKEN, isBlocked: true }, 'blocked'],
    ['required, the token of another', 'required', 2, TOKEN, 'other_device'],
  ])('%s', (_name, mode, proof, state, verdict) => {
    expect(judgeDevice(mode, 1, proof, state)).toBe(verdict);
  });

  it('is never better than its standing, and nobody speaks for a device with an identity without proof', () => {
    fc.assert(
      fc.property(someMode, someProof, someState, (mode, proof, state) => {
        const verdict = judgeDevice(mode, 1, proof, state);
        const isPendingInTheOpen =
          mode === 'open' && state.identity === 'none' && standingOf(state) === 'pending';
        if (verdict === 'admitted' && !isPendingInTheOpen) expect(standingOf(state)).toBe('admitted');
        if (proof !== 1 && (mode === 'required' || state.identity !== 'none'))
          expect(['unauthenticated', 'other_device']).toContain(verdict);
      }),
    );
  });
});

describe('the verdict on a download', () => {
  it.each<[string, DeviceAuthMode, number | null, Proof, DeviceAccessState, Verdict]>([
    ['open, nothing known', 'open', null, 'none', BLOCKED, 'admitted'],
    ['open, a wrong token', 'open', null, 'wrong', PLAIN, 'unauthenticated'],
    ['open, the token of a blocked device', 'open', null, 1, BLOCKED, 'blocked'],
    ['required, nothing known', 'required', null, 'none', PLAIN, 'unauthenticated'],
    ['required, a token', 'required', null, 1, TOKEN, 'admitted'],
    ['required, a signed URL alone', 'required', 1, 'none', TOKEN, 'admitted'],
    ['required, a signed URL and a wrong token', 'required', 1, 'wrong', TOKEN, 'admitted'],
    ['required, a signed URL and its token', 'required', 1, 1, TOKEN, 'admitted'],
    ['a signed URL and the token of another', 'open', 1, 2, TOKEN, 'other_device'],
    ['a signed URL of a blocked device', 'open', 1, 'none', BLOCKED, 'blocked'],
    ['open, a signed URL of a pending device', 'open', 1, 'none', PENDING, 'admitted'],
    ['required, a signed URL of a pending device', 'required', 1, 'none', PENDING, 'pending'],
  ])('%s', (_name, mode, signedFor, proof, state, verdict) => {
    expect(judgeDownload(mode, signedFor, proof, () => state)).toBe(verdict);
  });
});

describe('the state of a device', () => {
  it('fits into 32 bits, and is what it was afterwards', () => {
    fc.assert(
      fc.property(someState, (state) => {
        const packed = packState(state);
        expect(packed).toBe(packed >>> 0);
        expect(unpackState(packed)).toEqual(state);
      }),
    );
    expect([packState(PLAIN), unpackState(0)]).toEqual([0, PLAIN]);
  });

  it('refuses the tokens of earlier epochs, and takes those of later ones', () => {
    const state = { ...TOKEN, epoch: 5 };
    expect([4, 5, 6].map((epoch) => isInForce(epoch, state))).toEqual([false, true, true]);
  });
});

describe('a token that an admin makes', () => {
  const used = { ...TOKEN, epoch: 4, isTokenUsed: true };

  it('gives a device an identity, and accepts it', () => {
    expect(withToken(REJECTED, false)).toEqual({ ...TOKEN, enrollment: 'accepted' });
    expect(withToken({ ...PLAIN, identity: 'certificate' }, false)?.identity).toBe('certificate');
  });

  it('takes a reset once one is in use, and ends that one', () => {
    expect(withToken(used, false)).toBeNull();
    expect(withToken(used, true)).toEqual({ ...TOKEN, epoch: 5, enrollment: 'accepted' });
  });

  it('ends with a revocation, after which the device may enrol', () => {
    expect(withoutTokens(used)).toEqual({ ...TOKEN, epoch: 5 });
  });
});
