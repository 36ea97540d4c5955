import type { Json } from '../../domain/audit-chain.js';
import type { DeviceAccessState } from '../../domain/device-access.js';
import type { EnrollmentRequest } from '../../domain/enrollment.js';
import type { NewEvent } from '../../events/events.exports.js';
import type { EnrollmentKeyEntity } from './enrollment-key.entity.js';

/* What the audit log and events say of devices and enrolment keys, by the names that the API has for it. */

export const deviceTarget = (deviceId: number): string => `device:${deviceId}`;
export const keyTarget = (keyId: number): string => `enrollment_key:${keyId}`;

export const accessOnRecord = ({ identity, enrollment, isBlocked, epoch }: DeviceAccessState): Json => ({
  identity,
  enrollment,
  is_blocked: isBlocked,
  token_epoch: epoch,
});

export const accessEvent = (
  type: NewEvent['type'],
  deviceId: number,
  { identity, enrollment, isBlocked }: DeviceAccessState,
): NewEvent => ({
  type,
  entity: deviceTarget(deviceId),
  data: { device_id: deviceId, identity, enrollment, is_blocked: isBlocked },
});

export const enrollmentOnRecord = ({ deviceType }: EnrollmentRequest, keyId: number): Json => ({
  device_type: deviceType,
  enrollment_key: keyId,
});

export const keyOnRecord = (key: EnrollmentKeyEntity): Json => ({
  name: key.name,
  device_type: key.deviceType,
  key_prefix: key.keyPrefix,
  requires_acceptance: key.requiresAcceptance,
  expires_at: key.expiresAt?.toISOString() ?? null,
  max_devices: key.maxDevices,
});
