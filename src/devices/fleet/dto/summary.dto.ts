import { ApiProperty } from '@nestjs/swagger';
import { DEVICE_STATUSES, type DeviceStatus } from '../../../domain/device-status.js';
import * as example from '../../../http/examples.js';
import type { FleetSummary } from '../fleet-summary.js';

export class VersionCount {
  @ApiProperty({ type: String, nullable: true, example: example.DEVICE_TYPE })
  device_type!: string | null;

  @ApiProperty({ type: String, nullable: true, example: example.VERSION })
  version!: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 1 })
  build_number!: number | null;

  @ApiProperty({ example: 480 })
  devices!: number;
}

export class DayCount {
  @ApiProperty({ format: 'date', example: '2026-01-31', description: 'In UTC.' })
  day!: string;

  @ApiProperty({ example: 12, description: 'Devices whose last update succeeded on this day.' })
  updated!: number;

  @ApiProperty({ example: 3, description: 'Devices that were seen for the first time on this day.' })
  first_seen!: number;

  @ApiProperty({ example: 480, description: 'Devices that were seen for the last time on this day.' })
  last_seen!: number;
}

export class FleetSummaryResponse {
  @ApiProperty({ example: 500 })
  total!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { up_to_date: 480, waiting: 20 },
    description: `Devices by their status: ${DEVICE_STATUSES.join(', ')}. A status without devices is left out.`,
  })
  by_status!: Partial<Record<DeviceStatus, number>>;

  @ApiProperty({
    type: [VersionCount],
    example: [],
    description: 'What the devices run, the commonest first; at most 1000.',
  })
  by_version!: VersionCount[];

  @ApiProperty({ type: [DayCount], example: [], description: 'The last 30 days, the oldest first.' })
  by_day!: DayCount[];

  static from({ total, byStatus, byVersion, byDay }: FleetSummary): FleetSummaryResponse {
    return {
      total,
      by_status: Object.fromEntries(byStatus),
      by_version: byVersion.map(({ deviceType, version, build, devices }) => ({
        device_type: deviceType,
        version,
        build_number: build,
        devices,
      })),
      by_day: byDay.map(({ day, updated, firstSeen, lastSeen }) => ({
        day,
        updated,
        first_seen: firstSeen,
        last_seen: lastSeen,
      })),
    };
  }
}
