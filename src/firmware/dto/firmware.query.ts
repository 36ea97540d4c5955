import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { DEVICE_TYPE } from '../../http/examples.js';
import { PageQuery } from '../../http/paging.js';
import { IsDeviceType } from '../../http/wire-fields.js';

export class FirmwareListQuery extends PageQuery {
  @ApiPropertyOptional({ example: DEVICE_TYPE })
  @IsOptional()
  @IsDeviceType()
  device_type?: string;
}
