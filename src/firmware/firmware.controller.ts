import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ERROR_CODES, type ErrorCode } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import { Allow } from '../http/allow.js';
import * as example from '../http/examples.js';
import { ChangedFirmwareIdParam, FirmwareIdParam } from '../http/firmware-id-param.js';
import { ApiAnswer, ApiPage, ApiProblems, JSON_BODY_PROBLEMS } from '../http/openapi.js';
import { CurrentPrincipal } from '../http/principal.js';
import { FirmwareListQuery } from './dto/firmware.query.js';
import {
  DeleteQuery,
  FirmwareChangeRequest,
  FirmwareCreateRequest,
  InspectFields,
  UploadFields,
} from './dto/firmware.request.js';
import {
  FirmwareDeactivatedResponse,
  FirmwareDetailResponse,
  FirmwareResponse,
  FirmwareVerifiedResponse,
  UploadResponse,
} from './dto/firmware.response.js';
import { toChanges, toInspection, toRegistration, toUpload } from './dto/from-wire.js';
import { InspectionResponse } from './dto/inspection.response.js';
import { OVERRIDE_DESCRIPTIONS, toOverrides } from './dto/overrides.js';
import { FirmwareService } from './firmware.service.js';
import { InspectionService } from './inspection.service.js';
import { PurgeService } from './purge.service.js';
import { UploadReceiver } from './upload-receiver.js';
import { UploadService } from './upload.service.js';

const IMAGE_PROBLEMS: readonly ErrorCode[] = ERROR_CODES.filter((code) => code.startsWith('IMAGE_'));
const PUBLISHING_PROBLEMS: readonly ErrorCode[] = ['CHIP_MISMATCH', 'SECURE_VERSION_LOWER'];

const FORM_PROBLEMS: readonly ErrorCode[] = [
  'VALIDATION_FAILED',
  'UPLOAD_FILE_MISSING',
  'UPLOAD_MALFORMED',
  'UPLOAD_STALLED',
  'UPLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'DATABASE_UNAVAILABLE',
];

/** What @ApiBody takes as a schema. */
type FormSchema = Extract<Parameters<typeof ApiBody>[0], { schema: unknown }>['schema'];

const formSchema = (required: string[]): FormSchema => ({
  type: 'object',
  required,
  properties: {
    file: { type: 'string', format: 'binary' },
    device_type: { type: 'string', example: example.DEVICE_TYPE },
    version: { type: 'string', example: example.VERSION, description: 'Default: the version in the image.' },
    build_number: {
      type: 'integer',
      minimum: 1,
      example: 1,
      description: 'The build number that it will be registered with, so that it can be checked now.',
    },
    ...Object.fromEntries(
      Object.entries(OVERRIDE_DESCRIPTIONS).map(([name, description]) => [
        name,
        { type: 'boolean', default: false, description },
      ]),
    ),
  },
});

@ApiTags('firmware')
@ApiBearerAuth()
@ApiProblems('VALIDATION_FAILED', 'INTERNAL_ERROR', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin')
export class FirmwareController {
  constructor(
    private readonly firmware: FirmwareService,
    private readonly inspections: InspectionService,
    private readonly purges: PurgeService,
    private readonly uploads: UploadService,
    private readonly receiver: UploadReceiver,
  ) {}

  @Post('upload')
  @Allow('operator')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Upload an image',
    description:
      'Stores a file in the firmware store. The file is validated while it is received, and refused if it is not an ESP32 ' +
      'application image, if it is incomplete, or if a device that runs it would report a version other than the published ' +
      'one. It is not offered to devices until it is registered.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ schema: formSchema(['file', 'device_type']) })
  @ApiAnswer(UploadResponse, 'The file is stored and synced to disk.')
  @ApiProblems(...FORM_PROBLEMS, 'FIRMWARE_FILE_EMPTY', 'STORE_UNAVAILABLE', ...IMAGE_PROBLEMS)
  async upload(
    @CurrentPrincipal() principal: Principal,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UploadResponse> {
    const received = await this.receiver.receive(request, response, UploadFields);
    return UploadResponse.from(await this.uploads.publish(principal, toUpload(received)));
  }

  @Post('inspect')
  @Allow('operator')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Inspect an image',
    description:
      'Returns every problem and warning that an upload and a registration of this file would produce, and stores nothing. ' +
      'Missing fields are suggested from the image.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ schema: formSchema(['file']) })
  @ApiAnswer(
    InspectionResponse,
    'The data read from the file, and the reasons why publishing it would be refused.',
  )
  @ApiProblems(...FORM_PROBLEMS, 'STORE_UNAVAILABLE')
  async inspect(
    @CurrentPrincipal() principal: Principal,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<InspectionResponse> {
    const received = await this.receiver.receive(request, response, InspectFields);
    return InspectionResponse.from(await this.inspections.inspect(principal, toInspection(received)));
  }

  @Post('firmware')
  @Allow('operator')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Register an uploaded image as a firmware',
    description:
      'Checks the stored file against file_size and file_hash, and the data in the image against the existing firmware of ' +
      'this device_type. With is_stable, it is offered to devices.',
  })
  @ApiAnswer(FirmwareDetailResponse, 'The registered firmware.')
  @ApiProblems(
    ...JSON_BODY_PROBLEMS,
    'MIN_VERSION_ABOVE_VERSION',
    'FIRMWARE_PATH_INVALID',
    'FIRMWARE_FILE_MISSING',
    'FIRMWARE_SIZE_MISMATCH',
    'FIRMWARE_HASH_MISMATCH',
    'FIRMWARE_EXISTS',
    'STORE_UNAVAILABLE',
    'DATABASE_UNAVAILABLE',
    ...IMAGE_PROBLEMS,
    ...PUBLISHING_PROBLEMS,
  )
  async register(
    @CurrentPrincipal() principal: Principal,
    @Body() body: FirmwareCreateRequest,
  ): Promise<FirmwareDetailResponse> {
    return FirmwareDetailResponse.from(
      await this.firmware.register(principal, toRegistration(body), toOverrides(body)),
    );
  }

  @Get('firmware')
  @Allow('viewer')
  @ApiOperation({
    summary: 'List firmware',
    description: 'Lists the newest version first within a device_type.',
  })
  @ApiPage(FirmwareResponse, 'One page of the list.')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { device_type, skip, limit }: FirmwareListQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<FirmwareResponse[]> {
    const { rows, total } = await this.firmware.list(principal, device_type, skip, limit);
    response.setHeader('X-Total-Count', total);
    return rows.map((row) => FirmwareResponse.from(row));
  }

  @Get('firmware/:firmware_id')
  @Allow('viewer')
  @ApiOperation({
    summary: 'Show one firmware',
    description: 'Returns all fields of a firmware, including the path of its file in the store.',
  })
  @ApiAnswer(FirmwareDetailResponse, 'The firmware, active or not.')
  @ApiProblems('FIRMWARE_NOT_FOUND')
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param() { firmware_id }: FirmwareIdParam,
  ): Promise<FirmwareDetailResponse> {
    return FirmwareDetailResponse.from(await this.firmware.get(principal, firmware_id));
  }

  @Patch('firmware/:firmware_id')
  @Allow('operator')
  @ApiOperation({
    summary: 'Change a firmware',
    description:
      'Changes only the fields that are sent. null clears a text or min_current_version. A change that offers the ' +
      'firmware to more devices (is_stable, is_active, offer_to_unparsable) is checked like a registration.',
  })
  @ApiBody({
    type: FirmwareChangeRequest,
    examples: { describe: { summary: 'Change the description', value: { description: 'First release' } } },
  })
  @ApiAnswer(FirmwareDetailResponse, 'The firmware after the change.')
  @ApiProblems(
    ...JSON_BODY_PROBLEMS,
    'STORE_UNAVAILABLE',
    'DATABASE_UNAVAILABLE',
    'MIN_VERSION_ABOVE_VERSION',
    'FIRMWARE_NOT_FOUND',
    'FIRMWARE_PRUNED',
    'FIRMWARE_FILE_MISSING',
    'FIRMWARE_SIZE_MISMATCH',
    'FIRMWARE_HASH_MISMATCH',
    ...IMAGE_PROBLEMS,
    ...PUBLISHING_PROBLEMS,
  )
  async change(
    @CurrentPrincipal() principal: Principal,
    @Param() { firmware_id }: ChangedFirmwareIdParam,
    @Body() body: FirmwareChangeRequest,
  ): Promise<FirmwareDetailResponse> {
    return FirmwareDetailResponse.from(
      await this.firmware.change(principal, firmware_id, toChanges(body), toOverrides(body)),
    );
  }

  @Delete('firmware/:firmware_id')
  @Allow('operator')
  @ApiOperation({
    summary: 'Deactivate or delete a firmware',
    description:
      'Stops offering and serving the firmware to devices. The row, the file and the logs remain. With purge=true, the row ' +
      'and the file are deleted if the firmware was never offered to a device.',
  })
  @ApiAnswer(FirmwareDeactivatedResponse, 'The firmware is inactive or deleted.')
  @ApiProblems('FIRMWARE_NOT_FOUND', 'FIRMWARE_IN_USE', 'FIRMWARE_IN_ROLLOUT')
  async deactivate(
    @CurrentPrincipal() principal: Principal,
    @Param() { firmware_id }: ChangedFirmwareIdParam,
    @Query() { purge }: DeleteQuery,
  ): Promise<FirmwareDeactivatedResponse> {
    if (purge !== true) {
      await this.firmware.deactivate(principal, firmware_id);
      return { success: true, message: 'Firmware deactivated' };
    }
    await this.purges.purge(principal, firmware_id);
    return { success: true, message: 'Firmware deleted' };
  }

  @Post('firmware/:firmware_id/verify')
  @Allow('operator')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Compare the stored file with its hash',
    description:
      'Storage can corrupt files silently. A damaged file is neither served nor offered; restore it from the backup and ' +
      'verify it again.',
  })
  @ApiAnswer(FirmwareVerifiedResponse, 'The file matches its hash.')
  @ApiProblems('FIRMWARE_NOT_FOUND', 'FIRMWARE_PRUNED', 'FIRMWARE_FILE_DAMAGED', 'STORE_UNAVAILABLE')
  async verify(
    @CurrentPrincipal() principal: Principal,
    @Param() { firmware_id }: FirmwareIdParam,
  ): Promise<FirmwareVerifiedResponse> {
    return FirmwareVerifiedResponse.from(await this.firmware.verify(principal, firmware_id));
  }
}
