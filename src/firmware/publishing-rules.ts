import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import type { ImageVerdict } from '../domain/esp-image/esp-image.js';
import {
  formatFinding,
  trustFinding,
  type Finding,
  type ImageRecord,
  type Publication,
} from '../domain/image-rules.js';
import type { FirmwareEntity } from './firmware.entity.js';
import type { FirmwareChanges } from './firmware.repository.js';

/** The rules for images, with what the operator has set of them. */
@Injectable()
export class PublishingRules {
  constructor(@Inject(APP_CONFIG) private readonly config: AppConfig) {}

  format(verdict: ImageVerdict): Finding | null {
    return formatFinding(verdict, this.config.requireEspImage);
  }

  trust(record: ImageRecord): Finding | null {
    return trustFinding(record, this.config.trustedSigningKeys);
  }
}

/** What a row is published as once it is changed so. */
export function publicationOf(
  row: Pick<FirmwareEntity, 'version' | 'buildNumber' | 'minCurrentVersion'> & {
    offerToUnparsable?: boolean;
  },
  changes: FirmwareChanges,
): Publication {
  const { minCurrentVersion, offerToUnparsable } = changes;
  return {
    version: row.version,
    build: row.buildNumber,
    minCurrentVersion: minCurrentVersion === undefined ? row.minCurrentVersion : minCurrentVersion,
    offerToUnparsable: offerToUnparsable ?? row.offerToUnparsable ?? false,
  };
}

/** Whether devices would be offered what they were not offered before, so that it is judged as if registered now. */
export function isReleasedBy(
  changes: FirmwareChanges,
  current: Pick<FirmwareEntity, 'isStable' | 'isActive' | 'offerToUnparsable' | 'minCurrentVersion'>,
): boolean {
  const isReactivated = changes.isActive === true && !current.isActive && current.isStable;
  const isOfferedToMore = changes.offerToUnparsable === true && !current.offerToUnparsable;
  const isFloorChanged =
    changes.minCurrentVersion !== undefined && changes.minCurrentVersion !== current.minCurrentVersion;
  const isOffered = current.isStable && current.isActive && changes.isActive !== false;
  return changes.isStable === true || isReactivated || isOfferedToMore || (isFloorChanged && isOffered);
}
