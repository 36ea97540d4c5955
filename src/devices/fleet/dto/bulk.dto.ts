import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import { faultOfTags, inOrder, isLabel, LABEL_FORM } from '../../../domain/device-change.js';
import { IsOptionalButNotNull, IsText, IsTextOrEmpty, MAX_ID } from '../../../http/wire-fields.js';
import { HandsOn, validationFailed } from '../../../http/wire-validation.pipe.js';
import type { BulkRequest } from '../bulk.service.js';

const MAX_QUERY_LENGTH = 100_000;
/** The limit of bodies is reached before. */
const MAX_CSV_LENGTH = 1_000_000;
const TAG_LISTS = ['add_tags', 'remove_tags'] as const;

@HandsOn(...TAG_LISTS, 'channel')
export class DeviceBulkRequest {
  @ApiProperty({ example: 'tag:lab', description: 'A filter; an empty text is all devices.' })
  @IsTextOrEmpty(MAX_QUERY_LENGTH)
  q!: string;

  @ApiProperty({
    example: 12,
    description: 'The number of devices that match, as X-Total-Count of the list says it.',
  })
  @IsInt()
  @Min(0)
  @Max(MAX_ID)
  expect!: number;

  @ApiPropertyOptional({ type: [String], example: ['beta'] })
  add_tags?: unknown;

  @ApiPropertyOptional({ type: [String], example: ['lab'] })
  remove_tags?: unknown;

  @ApiPropertyOptional({ type: String, example: 'beta' })
  channel?: unknown;

  @ApiPropertyOptional({ example: true, description: 'Blocks the devices; false unblocks them.' })
  @IsOptionalButNotNull()
  @IsBoolean()
  block?: boolean;

  @ApiPropertyOptional({
    default: false,
    description: 'Forgets the devices with their attempts; for admins, and alone.',
  })
  @IsOptionalButNotNull()
  @IsBoolean()
  delete?: boolean;
}

/** @throws TransportError VALIDATION_FAILED */
export function toBulk(body: DeviceBulkRequest): BulkRequest {
  const { q, expect, block } = body;
  const faults: Record<string, string[]> = {};
  for (const field of TAG_LISTS) {
    const fault = body[field] === undefined ? null : faultOfTags(body[field]);
    if (fault !== null) faults[field] = [`${field} ${fault}`];
  }
  const { channel } = body;
  if (channel !== undefined && !isLabel(channel)) faults['channel'] = [`channel ${LABEL_FORM}`];
  if (Object.keys(faults).length > 0) throw validationFailed(faults);
  const labels = {
    addTags: inOrder((body.add_tags ?? []) as string[]),
    removeTags: inOrder((body.remove_tags ?? []) as string[]),
    channel: (channel as string | undefined) ?? null,
  };
  const isLabelled = labels.addTags.length + labels.removeTags.length > 0 || labels.channel !== null;
  const isDeleted = body.delete === true;
  if (isDeleted === (isLabelled || block !== undefined)) {
    const sentence = isDeleted
      ? 'delete stands alone'
      : 'one of add_tags, remove_tags, channel, block and delete must be there';
    throw validationFailed({ delete: [sentence] });
  }
  return { q, expect, labels: isLabelled ? labels : null, isBlocked: block ?? null, isDeleted };
}

export class DevicesImportRequest {
  @ApiProperty({
    description:
      'A CSV table with a header, at most 10,000 devices and 60 columns: id (a number or a MAC address), and any of name, tags (with ' +
      'spaces between them), channel, notes and attr.<key>. A column that is there is set as it stands in the cell; an ' +
      'empty cell clears. Of the column attributes of an export what differs is set. Its other columns are ignored.',
    example: 'id,name,attr.hw_revision\n24:6f:28:03:7e:51,Munich 7,B\n',
  })
  @IsText(MAX_CSV_LENGTH)
  csv!: string;
}

export class ChangedResponse {
  @ApiProperty({ example: 12, description: 'Number of devices.' })
  changed!: number;
}
