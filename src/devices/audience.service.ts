import { Injectable } from '@nestjs/common';
import { audienceOf, type Audience } from '../domain/audience.js';
import { DomainError } from '../domain/errors.js';
import { parseVersion, type FirmwareVersion } from '../domain/firmware-version.js';
import type { Principal } from '../domain/principal.js';
import type { ReleaseCandidate } from '../domain/release-plan.js';
import { ReleaseCatalog } from '../releases/releases.exports.js';
import { DeviceSightingRepository } from './record/device-sighting.repository.js';

/** A firmware that may or may not be registered. */
export interface AudienceQuestion {
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
  readonly floor: string | null;
}

/** Whom a firmware would be offered to. */
@Injectable()
export class AudienceService {
  constructor(
    private readonly sightings: DeviceSightingRepository,
    private readonly catalog: ReleaseCatalog,
  ) {}

  async count(
    _principal: Principal,
    { deviceType, version, build, floor }: AudienceQuestion,
  ): Promise<Audience> {
    const candidate = {
      version: ordered(version),
      build,
      floor: floor === null ? null : ordered(floor),
      offerToUnparsable: false,
    };
    const groups = await this.sightings.countRunning(deviceType);
    return audienceOf<ReleaseCandidate>(candidate, this.catalog.planOf(deviceType).releases, groups);
  }
}

function ordered(text: string): FirmwareVersion {
  const version = parseVersion(text);
  if (version) return version;
  throw new DomainError('VALIDATION_FAILED', `The version "${text}" cannot be compared with others.`);
}
