import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { Image, ReleaseRow } from './release.js';

/** A firmware, as those see it who bring one to devices. */
export interface FirmwareStanding {
  readonly id: number;
  readonly deviceType: string;
  readonly versionText: string;
  readonly build: number;
  readonly isActive: boolean;
  readonly isStable: boolean;
}

export type FirmwareName = Pick<FirmwareStanding, 'id' | 'versionText' | 'build' | 'isActive'>;

/** Reads the table of firmware, and only what devices are concerned with. */
@Injectable()
export class ReleaseRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Everything that devices may have, in no order. The original system may have left released_at empty. */
  findActive(): Promise<ReleaseRow[]> {
    return this.dataSource.query<ReleaseRow[]>(
      `SELECT id, device_type AS "deviceType", version AS "versionText", build_number AS build, description, filename,
              binary_path AS "binaryPath", file_size AS "fileSize", file_hash AS "fileHash",
              created_at AS "publishedAt", is_stable OR released_at IS NOT NULL AS "isReleased",
              min_current_version AS "floorText", offer_to_unparsable AS "offerToUnparsable", is_stable AS "isStable",
              (image #>> '{image,app,secureVersion}')::bigint AS "secureVersion"
         FROM firmware WHERE is_active`,
    );
  }

  /**
   * A firmware, active or not. With a manager nobody changes it until the transaction ends.
   */
  async find(firmwareId: number, manager?: EntityManager): Promise<FirmwareStanding | null> {
    const rows = await (manager ?? this.dataSource).query<FirmwareStanding[]>(
      `SELECT id, device_type AS "deviceType", version AS "versionText", build_number AS build,
              is_active AS "isActive", is_stable AS "isStable"
         FROM firmware WHERE id = $1 ${manager ? 'FOR SHARE' : ''}`,
      [firmwareId],
    );
    return rows[0] ?? null;
  }

  /** What those of these firmwares are called that there are. */
  async findNames(ids: readonly number[]): Promise<FirmwareName[]> {
    return this.dataSource.query(
      `SELECT id, version AS "versionText", build_number AS build, is_active AS "isActive"
         FROM firmware WHERE id = ANY($1::bigint[])`,
      [[...new Set(ids)]],
    );
  }

  /** Which of the ids are of a firmware, active or not. */
  async findRegistered(ids: readonly number[]): Promise<number[]> {
    const rows = await this.dataSource.query<{ id: number }[]>(
      'SELECT id FROM firmware WHERE id = ANY($1::bigint[])',
      [[...new Set(ids)]],
    );
    return rows.map(({ id }) => id);
  }

  /** Active or not. */
  findImages(
    ids: readonly number[],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<(Image & { readonly id: number })[]> {
    return manager.query<(Image & { readonly id: number })[]>(
      'SELECT id, version, build_number AS build FROM firmware WHERE id = ANY($1::bigint[])',
      [[...new Set(ids)]],
    );
  }
}
