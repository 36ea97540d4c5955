import { ApiProperty } from '@nestjs/swagger';
import type { Phase } from '../../domain/rollout/phases.js';
import { WEEKDAYS, type TimeWindow } from '../../domain/rollout/windows.js';

export class PhaseResponse {
  @ApiProperty({ format: 'double', required: false, example: 0.1 })
  share?: number;

  @ApiProperty({ required: false, example: 100 })
  count?: number;

  @ApiProperty({ required: false, example: 'tag:lab' })
  target?: string;

  @ApiProperty({ required: false, example: 12, description: 'Devices that the target found.' })
  matching?: number;

  @ApiProperty({ format: 'double', example: 60 })
  soak_minutes!: number;

  static from(phase: Phase): PhaseResponse {
    const soak_minutes = phase.soakMinutes;
    if (phase.kind === 'share') return { share: phase.share, soak_minutes };
    if (phase.kind === 'count') return { count: phase.count, soak_minutes };
    return { target: phase.target, matching: phase.matching, soak_minutes };
  }
}

export class WindowResponse {
  @ApiProperty({ enum: WEEKDAYS, isArray: true, example: ['mon', 'tue'] })
  days!: readonly string[];

  @ApiProperty({ example: '22:00' })
  from!: string;

  @ApiProperty({ example: '06:00' })
  to!: string;

  static from({ days, from, to }: TimeWindow): WindowResponse {
    return { days, from: timeOf(from), to: timeOf(to) };
  }
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');
const timeOf = (minutes: number): string =>
  `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
