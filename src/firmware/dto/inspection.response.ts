import { ApiProperty } from '@nestjs/swagger';
import { detailOf } from '../../domain/image-rules.js';
import { say } from '../../domain/sentence.js';
import * as example from '../../http/examples.js';
import { wireName } from '../../http/wire-names.js';
import type { Inspection } from '../inspection.service.js';
import { ImageResponse } from './image.response.js';

export class SuggestionResponse {
  @ApiProperty({ type: String, nullable: true, example: example.DEVICE_TYPE })
  device_type!: string | null;

  @ApiProperty({ type: String, nullable: true, example: example.VERSION })
  version!: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 1 })
  build_number!: number | null;
}

export class ProblemFoundResponse {
  @ApiProperty({
    example: 'CHIP_MISMATCH',
    description: 'The code of the error; docs/errors.md lists all codes.',
  })
  code!: string;

  @ApiProperty({ example: 'The image is for ESP32-C3, and this device_type runs on ESP32-P4.' })
  detail!: string;
}

export class InspectionResponse {
  @ApiProperty({ example: example.FILE_SIZE, description: 'Bytes.' })
  file_size!: number;

  @ApiProperty({ example: example.FILE_HASH, description: 'SHA-256 of the file.' })
  file_hash!: string;

  @ApiProperty({ type: ImageResponse })
  image!: ImageResponse;

  @ApiProperty({
    type: SuggestionResponse,
    description:
      'The values that were sent, or else values derived from the image and the preceding firmware.',
  })
  suggested!: SuggestionResponse;

  @ApiProperty({
    type: [ProblemFoundResponse],
    example: [],
    description: 'If empty, the file would be accepted.',
  })
  problems!: ProblemFoundResponse[];

  @ApiProperty({ type: [String], example: [], description: 'Messages for people.' })
  warnings!: string[];

  @ApiProperty({
    type: Number,
    nullable: true,
    example: null,
    description: 'The id of an existing firmware with the same content.',
  })
  same_file!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: null,
    description: 'The id of the newest stable release of this device_type with a lower version.',
  })
  predecessor!: number | null;

  static from(inspection: Inspection): InspectionResponse {
    const { suggested } = inspection;
    return {
      file_size: inspection.size,
      file_hash: inspection.hash,
      image: ImageResponse.from(inspection.image),
      suggested: {
        device_type: suggested.deviceType,
        version: suggested.version,
        build_number: suggested.buildNumber,
      },
      problems: inspection.problems.map((finding) => ({
        code: finding.code,
        detail: say(detailOf(finding), wireName),
      })),
      warnings: [...inspection.warnings],
      same_file: inspection.sameFileId,
      predecessor: inspection.predecessorId,
    };
  }
}
