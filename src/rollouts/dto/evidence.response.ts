import { ApiProperty } from '@nestjs/swagger';
import type { EvidencePoint } from '../../domain/rollout/evidence-series.js';
import { evidenceOf } from './wire-formats.js';

export class EvidencePointResponse {
  @ApiProperty({ example: 100, description: 'Offers until then.' })
  offered!: number;

  @ApiProperty({ example: 98, description: 'Of those the ones that count.' })
  counted!: number;

  @ApiProperty({ example: 2, description: 'Failures that count.' })
  failed!: number;

  @ApiProperty({ example: 9, description: 'At how many failures it would have stopped.' })
  limit!: number;

  @ApiProperty({ format: 'double', example: 0.4, description: 'evidence : 1 of the rollout as a whole.' })
  evidence!: number;

  static from({ offered, counted, failed, limit, xLog }: EvidencePoint): EvidencePointResponse {
    return { offered, counted, failed, limit, evidence: evidenceOf(xLog) };
  }
}
