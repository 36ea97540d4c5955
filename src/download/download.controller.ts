import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AdminBearer } from '../auth/auth.exports.js';
import { DeviceGate } from '../devices/devices.exports.js';
import { DomainError } from '../domain/errors.js';
import { may } from '../domain/permissions.js';
import { DeviceRoute } from '../http/device-lane/device-route.js';
import { FirmwareIdParam } from '../http/firmware-id-param.js';
import { ApiProblems } from '../http/openapi.js';
import { Public } from '../http/public.js';
import { followRequest } from '../http/request-context.js';
import { DownloadCounter } from './download-counter.js';
import { readSignedQuery, type SignedQuery } from '../http/signed-url.js';
import { DownloadService, type FirmwareDownload, type FirmwareElsewhere } from './download.service.js';
import { sendFirmware } from './send-firmware.js';
import { sendRedirect } from './send-redirect.js';

@ApiTags('devices')
@Public()
@Controller('api/ota/download')
export class DownloadController {
  constructor(
    private readonly gate: DeviceGate,
    private readonly downloads: DownloadService,
    private readonly counter: DownloadCounter,
    private readonly admins: AdminBearer,
  ) {}

  @Get(':firmware_id')
  @DeviceRoute()
  @ApiOperation({
    summary: 'Download a firmware',
    description:
      'GET or HEAD; the whole file or one Range. Use the download_url from the response to a check. A firmware that was ' +
      "never stable is sent only for a signed URL or with an admin's bearer token.",
  })
  @ApiQuery({ name: 'device_id', required: false, type: Number, description: 'Part of a signed URL.' })
  @ApiQuery({ name: 'expires', required: false, type: Number, description: 'Part of a signed URL.' })
  @ApiQuery({ name: 'sig', required: false, type: String, description: 'Part of a signed URL.' })
  @ApiHeader({ name: 'Range', required: false, example: 'bytes=0-4095' })
  @ApiHeader({ name: 'If-Range', required: false, description: 'The ETag of the bytes that you have.' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'The ETag of the bytes that you have.' })
  @ApiResponse({
    status: 200,
    description: 'The whole file.',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  @ApiResponse({
    status: 206,
    description:
      'The requested range. If it does not start at the first byte, ETag is the only header that describes the file.',
  })
  @ApiResponse({
    status: 302,
    description: 'The file is at DOWNLOAD_BASE_URL. Only GET is redirected.',
    headers: {
      Location: { schema: { type: 'string', format: 'uri' }, description: 'An absolute https URL.' },
    },
  })
  @ApiResponse({ status: 304, description: 'The file has not changed.' })
  @ApiProblems(
    'VALIDATION_FAILED',
    'DEVICE_UNAUTHENTICATED',
    'OTHER_DEVICE',
    'DEVICE_BLOCKED',
    'DEVICE_PENDING',
    'DOWNLOAD_SIGNATURE_INVALID',
    'DOWNLOAD_SIGNATURE_EXPIRED',
    'FIRMWARE_NOT_FOUND',
    'RANGE_NOT_SATISFIABLE',
    'FIRMWARE_FILE_DAMAGED',
    'STORE_UNAVAILABLE',
    'OVERLOADED',
  )
  download(
    @Param() { firmware_id }: FirmwareIdParam,
    @Query() query: Record<string, unknown>,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const ticket = readSignedQuery(query);
    const isForDevice = this.gate.admitDownload(request, ticket);
    // A client may take the answer to HEAD for the file's own, so that one is never a redirect.
    const mayRedirect = request.method === 'GET';
    const loaded = isForDevice ? this.downloads.openLoaded(firmware_id, ticket, mayRedirect) : null;
    const onStart = (): void => {
      this.counter.countStart(firmware_id);
    };
    const send = (opened: FirmwareDownload | FirmwareElsewhere): Promise<void> => {
      if ('content' in opened) return sendFirmware(request, response, opened, onStart);
      sendRedirect(request, response, opened, onStart);
      return Promise.resolve();
    };
    if (loaded) return send(loaded);
    const opened = isForDevice
      ? this.downloads.openFirmware(firmware_id, ticket, mayRedirect, () => this.mayTryDrafts(request))
      : this.openForAdmin(request, firmware_id, ticket, mayRedirect);
    return opened.then(send);
  }

  /** Of a client that does not say which device it is, where every device must. */
  private openForAdmin(
    request: IncomingMessage,
    firmwareId: number,
    ticket: SignedQuery,
    mayRedirect: boolean,
  ): Promise<FirmwareDownload | FirmwareElsewhere> {
    return followRequest(async () => {
      if (await this.mayTryDrafts(request))
        return this.downloads.openFirmware(firmwareId, ticket, mayRedirect, () => Promise.resolve(true));
      throw new DomainError(
        'DEVICE_UNAUTHENTICATED',
        'A device must send its token as "Authorization: Bearer <token>".',
      );
    });
  }

  private async mayTryDrafts(request: IncomingMessage): Promise<boolean> {
    const principal = await this.admins.identify(request);
    return principal !== null && may(principal.role, 'viewer');
  }
}
