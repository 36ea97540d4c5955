import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit.exports.js';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import {
  isInForce,
  judgeDevice,
  judgeDownload,
  standingIn,
  type DeviceAccessState,
  type Proof,
  type Standing,
  type Verdict,
} from '../domain/device-access.js';
import type { DeviceTokenClaims } from '../domain/device-token.js';
import { DomainError } from '../domain/errors.js';
import type { SignedQuery } from '../http/signed-url.js';
import { clientAddresses } from '../overload/client-address.js';
import { certifiedDevice } from '../tls/client-certificate.js';
import { DeviceAccess } from './identity/device-access.service.js';
import { DeviceTokens } from './identity/device-tokens.js';
import { IdentityUses } from './identity/identity-uses.js';
import { deviceTarget } from './identity/on-record.js';
import { DeviceLimits } from './limits/device-limits.js';

/**
 * The first thing that the controllers of devices ask, whichever way a request came: may whoever sent it speak for this
 * device, and does the device not ask too often? Answered from memory, at once: only before an unknown device is refused
 * is the database asked.
 */
@Injectable()
export class DeviceGate {
  private readonly mode: AppConfig['devices']['auth'];
  private readonly signsUrls: boolean;
  /** From which a request comes, behind the proxies that are trusted. */
  readonly addressOf: (request: IncomingMessage) => string | null;

  constructor(
    @Inject(APP_CONFIG) { devices, download, trustProxy }: AppConfig,
    private readonly access: DeviceAccess,
    private readonly limits: DeviceLimits,
    private readonly tokens: DeviceTokens,
    private readonly uses: IdentityUses,
    private readonly audit: AuditLog,
  ) {
    this.mode = devices.auth;
    this.signsUrls = download.secret !== null;
    this.addressOf = clientAddresses(trustProxy);
  }

  /**
   * Credentials come first: nobody uses up the limit of a device that they cannot speak for.
   * @returns whether the device is served, or why not: what it reports is kept all the same
   * @throws DomainError DEVICE_UNAUTHENTICATED, OTHER_DEVICE, RATE_LIMITED
   */
  admit(request: IncomingMessage, deviceId: number): Standing | Promise<Standing> {
    const standing = this.identify(request, deviceId);
    const pending = this.limits.refuse(deviceId, request);
    return pending ? pending.then(() => standing) : standing;
  }

  /** Whether the device itself is served when it asks, whoever it is asked by now. */
  standingOf(deviceId: number): Standing {
    return standingIn(this.mode, this.access.stateOf(deviceId));
  }

  /** What a device was known to be when it last proved who it is. */
  identityOf(deviceId: number): DeviceAccessState['identity'] {
    return this.access.stateOf(deviceId).identity;
  }

  /** Whether it is turned away unless it has got credentials that the server does not know of. */
  lacksCredentials({ identity }: DeviceAccessState): boolean {
    return this.mode === 'required' && identity === 'none';
  }

  private identify(request: IncomingMessage, deviceId: number): Standing {
    const proof = this.proofOf(request);
    const verdict = judgeDevice(this.mode, deviceId, proof, this.access.stateOf(deviceId));
    if (verdict === 'unauthenticated') throw unauthenticated(proof, deviceId);
    if (verdict === 'other_device') throw this.otherDevice(request, proof, deviceId);
    if (verdict === 'blocked') this.noteBlocked(request, deviceId);
    return verdict;
  }

  /**
   * @param ticket of the URL; where URLs are signed, what it says is verified before anything is sent
   * @returns false: only an admin may have it
   * @throws DomainError OTHER_DEVICE, DEVICE_BLOCKED, DEVICE_PENDING, and DEVICE_UNAUTHENTICATED for a wrong token
   */
  admitDownload(request: IncomingMessage, ticket: SignedQuery): boolean {
    const proof = this.proofOf(request);
    const signedFor = this.signsUrls ? Number(ticket.deviceId) : null;
    // Of no device: the signature cannot be right.
    if (signedFor !== null && !(signedFor > 0)) return true;
    const verdict = judgeDownload(this.mode, signedFor, proof, (id) => this.access.stateOf(id));
    if (verdict === 'admitted') return true;
    if (verdict === 'unauthenticated' && proof === 'none') return false;
    throw this.refusalOf(request, verdict, proof, signedFor);
  }

  /** What the credentials of a request prove. A device token goes before a certificate. */
  private proofOf({ headers, socket }: IncomingMessage): Proof {
    const { authorization } = headers;
    const claims = authorization === undefined ? undefined : this.tokens.read(authorization);
    if (claims !== undefined) return claims === 'wrong' ? claims : this.provedBy(claims);
    const deviceId = certifiedDevice(socket);
    if (deviceId === null) return 'none';
    if (this.access.stateOf(deviceId).identity !== 'certificate')
      this.uses.add({ deviceId, by: 'certificate', epoch: 0 });
    return deviceId;
  }

  private provedBy({ deviceId, epoch }: DeviceTokenClaims): Proof {
    const state = this.access.stateOf(deviceId);
    if (!isInForce(epoch, state)) return 'wrong';
    // In an epoch that this server has not heard of yet, nor has it heard of uses.
    if (!state.isTokenUsed || epoch > state.epoch) this.uses.add({ deviceId, by: 'token', epoch });
    return deviceId;
  }

  private refusalOf(
    request: IncomingMessage,
    verdict: Exclude<Verdict, 'admitted'>,
    proof: Proof,
    signedFor: number | null,
  ): DomainError {
    const deviceId = signedFor ?? Number(proof);
    switch (verdict) {
      case 'unauthenticated':
        return unauthenticated(proof, null);
      case 'other_device':
        return this.otherDevice(request, proof, deviceId);
      case 'pending':
        return new DomainError('DEVICE_PENDING', `Device ${deviceId} waits for an operator to accept it.`);
      case 'rejected':
        return new DomainError('DEVICE_BLOCKED', `The enrolment of device ${deviceId} was rejected.`);
      case 'blocked':
        this.noteBlocked(request, deviceId);
        return new DomainError('DEVICE_BLOCKED', `Device ${deviceId} is blocked.`);
    }
  }

  private otherDevice(request: IncomingMessage, proof: Proof, deviceId: number): DomainError {
    this.note(request, Number(proof), 'device.use_other_token', deviceId);
    return new DomainError('OTHER_DEVICE', `The credentials are those of another device than ${deviceId}.`);
  }

  private noteBlocked(request: IncomingMessage, deviceId: number): void {
    this.note(request, deviceId, 'device.seen_blocked', deviceId);
  }

  private note(request: IncomingMessage, deviceId: number, action: string, target: number): void {
    this.audit.noteDevice({
      by: { deviceId, address: this.addressOf(request) },
      action,
      target: deviceTarget(target),
      result: 'refused',
    });
  }
}

/** @param deviceId null: the request does not say which device it is from */
function unauthenticated(proof: Proof, deviceId: number | null): DomainError {
  const sentence =
    proof === 'wrong'
      ? 'The device token is not valid, or was revoked.'
      : `Device ${deviceId ?? ''} must send its token as "Authorization: Bearer <token>".`;
  return new DomainError('DEVICE_UNAUTHENTICATED', sentence);
}
