import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { FromDigits, MAX_ID } from './wire-fields.js';

/** Which rows of a list: `limit` of them after the first `skip`. */
export class PageQuery {
  @ApiPropertyOptional({ type: Number, default: 0, minimum: 0 })
  @FromDigits()
  @IsInt()
  @Min(0)
  @Max(MAX_ID)
  skip = 0;

  @ApiPropertyOptional({ type: Number, default: 100, minimum: 1, maximum: 1000 })
  @FromDigits()
  @IsInt()
  @Min(1)
  @Max(1000)
  limit = 100;
}
