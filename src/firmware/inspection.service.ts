import { Injectable } from '@nestjs/common';
import { isDeviceType } from '../domain/device-type.js';
import type { ImageVerdict } from '../domain/esp-image/esp-image.js';
import {
  notOverruled,
  recordOf,
  standingFindings,
  versionFinding,
  versionOf,
  type Finding,
  type ImageRecord,
  type Overrides,
} from '../domain/image-rules.js';
import type { Principal } from '../domain/principal.js';
import { FirmwareRepository, type Neighbours } from './firmware.repository.js';
import { alreadyRegistered, emptyFile, noVersion } from './refusals.js';
import { PublishingRules } from './publishing-rules.js';
import { FirmwareStore, type StagedFile } from '../storage/firmware-store.js';

/** A file to be looked at, and as what it might be published. null: what the image suggests. */
export interface InspectionRequest {
  readonly staged: StagedFile;
  readonly verdict: ImageVerdict;
  readonly deviceType: string | null;
  readonly version: string | null;
  readonly buildNumber: number | null;
  readonly overrides: Overrides;
}

/** As what the file would be published; null where neither the request nor the image says it. */
export interface Suggestion {
  readonly deviceType: string | null;
  readonly version: string | null;
  readonly buildNumber: number | null;
}

export interface Inspection {
  readonly size: number;
  readonly hash: string;
  readonly image: ImageRecord;
  readonly suggested: Suggestion;
  /** All that an upload or its registration would be refused for. */
  readonly problems: readonly Finding[];
  readonly warnings: readonly string[];
  /** The firmware that has these bytes already. */
  readonly sameFileId: number | null;
  /** The newest stable release below it. */
  readonly predecessorId: number | null;
}

const NO_NEIGHBOURS: Neighbours = {
  predecessorId: null,
  newest: null,
  highestBuild: null,
  isRegistered: false,
};

/** Says of a file all that publishing it would say, and keeps nothing. */
@Injectable()
export class InspectionService {
  constructor(
    private readonly firmware: FirmwareRepository,
    private readonly store: FirmwareStore,
    private readonly rules: PublishingRules,
  ) {}

  async inspect(_principal: Principal, request: InspectionRequest): Promise<Inspection> {
    try {
      return await this.judge(request);
    } finally {
      await this.store.discard(request.staged);
    }
  }

  private async judge({ staged, verdict, overrides, ...given }: InspectionRequest): Promise<Inspection> {
    const image = recordOf(verdict);
    const own = image.kind === 'application' ? versionOf(image.image) : null;
    const deviceType = given.deviceType ?? projectOf(image);
    const version = given.version ?? own?.version ?? null;
    const build = given.buildNumber ?? own?.build ?? null;
    const neighbours = await this.neighboursOf(deviceType, version, build);
    const buildNumber = build ?? (version === null ? null : (neighbours.highestBuild ?? 0) + 1);

    const format = this.rules.format(verdict);
    const [formatProblem] = staged.size === 0 ? [emptyFile()] : notOverruled([format], overrides);
    const others =
      formatProblem && image.kind === 'unknown'
        ? []
        : [
            version === null
              ? noVersion()
              : versionFinding(image, { version, build, minCurrentVersion: null, offerToUnparsable: false }),
            this.rules.trust(image),
            ...(deviceType === null
              ? []
              : standingFindings(image, await this.firmware.standingOf(deviceType))),
            neighbours.isRegistered && deviceType !== null && version !== null && build !== null
              ? alreadyRegistered({ deviceType, version, buildNumber: build })
              : null,
          ];
    return {
      size: staged.size,
      hash: staged.hash,
      image,
      suggested: { deviceType, version, buildNumber },
      problems: [...(formatProblem ? [formatProblem] : []), ...notOverruled(others, overrides)],
      warnings: [...(formatProblem ? [] : image.warnings), ...orderWarnings(neighbours)],
      sameFileId: await this.firmware.findIdByHash(staged.hash, deviceType),
      predecessorId: neighbours.predecessorId,
    };
  }

  private async neighboursOf(
    deviceType: string | null,
    version: string | null,
    build: number | null,
  ): Promise<Neighbours> {
    if (deviceType === null || version === null) return NO_NEIGHBOURS;
    return this.firmware.neighboursOf(deviceType, version, build);
  }
}

function projectOf(image: ImageRecord): string | null {
  const project = image.kind === 'application' ? image.image.app.projectName : '';
  return isDeviceType(project) ? project : null;
}

function orderWarnings({ newest }: Neighbours): string[] {
  if (!newest) return [];
  return [
    `${newest.version} build ${newest.buildNumber} is released already and is not older: no device on it would be ` +
      'offered this one.',
  ];
}
