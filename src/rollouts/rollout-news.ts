import type { DeviceAttempt, DeviceSighting } from '../devices/devices.service.js';
import { compareVersions, parseVersion } from '../domain/firmware-version.js';
import type { Instant } from '../domain/instant.js';
import type { DeviceEvent } from '../domain/rollout/device-events.js';
import { failureKindOf } from '../domain/rollout/failure-kind.js';
import { storableText } from '../domain/storable-text.js';
import type { Image } from '../releases/releases.exports.js';
import type { OfferedDevice } from './record/rollout-device.repository.js';

/** Something that was heard of a device. What it means depends on what is known of the device in the rollout. */
export interface News {
  readonly at: Instant;
  /** Of a failure. */
  readonly errorMessage: string | null;
  readonly eventsFor: (device: OfferedDevice) => readonly DeviceEvent[];
}

/** News of an attempt at the firmware of the rollout. */
export function newsOfAttempt(attempt: DeviceAttempt): News {
  const { changedAt: at, errorMessage, status, hasBegunToInstall } = attempt;
  return {
    at,
    errorMessage,
    eventsFor: ({ installingAt }) => {
      const installing: DeviceEvent = { kind: 'installing', at };
      // Reports that come together are one piece of news, and one may have been lost on its way.
      const isMissed = hasBegunToInstall && installingAt === null && status !== 'installing';
      const before = isMissed ? [installing] : [];
      switch (status) {
        case 'pending':
          return [];
        case 'downloading':
          return [...before, { kind: 'downloading' }];
        case 'installing':
          return [installing];
        case 'success':
          return [...before, { kind: 'success', at }];
        case 'failed': {
          const failure = failureKindOf(errorMessage, hasBegunToInstall || installingAt !== null);
          return [...before, { kind: 'failed', failure }];
        }
      }
    },
  };
}

/** What a check says. @param target the firmware of the rollout */
export function newsOfSighting(sighting: DeviceSighting, target: Image): News {
  const { at, facts, version, build } = sighting;
  const isTarget = runs(sighting, target);
  return {
    at,
    errorMessage: null,
    eventsFor: ({ previousVersion, previousBuild, bootIds }) => {
      const isPrevious = storableText(version) === previousVersion && build === previousBuild;
      const bootId = facts?.bootId;
      return [
        {
          kind: 'seen',
          runs: isTarget ? 'target' : isPrevious ? 'previous' : 'other',
          at,
          hasRebooted: bootId === undefined || bootIds.length === 0 ? null : !bootIds.includes(bootId),
        },
      ];
    },
  };
}

/** `v1.2.0` of a device is `1.2.0` of a firmware. */
export function runs(device: Image, { version, build }: Image): boolean {
  if (device.build !== build) return false;
  if (device.version === version) return true;
  const [running, wanted] = [parseVersion(device.version), parseVersion(version)];
  return running !== null && wanted !== null && compareVersions(running, wanted) === 0;
}
