import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import type { Principal } from '../../domain/principal.js';
import { Allow } from '../../http/allow.js';
import { ApiAnswer, ApiPage, ApiProblems, JSON_BODY_PROBLEMS } from '../../http/openapi.js';
import { ReadsItself } from '../../http/own-body.js';
import { PageQuery } from '../../http/paging.js';
import { CurrentPrincipal } from '../../http/principal.js';
import type { TransportError } from '../../http/problem.js';
import { SuccessResponse } from '../../http/success-response.js';
import { listInvalid } from '../identity/dto/identity.dto.js';
import {
  GroupChangeRequest,
  GroupIdParam,
  GroupRequest,
  GroupResponse,
  MembersRequest,
  MembersResponse,
  devicesUnknown,
  readMembers,
  readNewGroup,
  toGroupChange,
} from './dto/group.dto.js';
import { MemberTableReader } from './dto/member-table.js';
import { CSV, CSV_FORM, JSON_FORM, sendMembers } from './send-members.js';
import { GroupsService, type CountedGroup, type UnknownDevices } from './groups.service.js';
import { readStream } from './read-stream.js';

/** As many members as there may be, each with all that an export says of it. */
const MAX_TABLE_BYTES = 256 * 1024 * 1024;
const NOTHING_CHANGED = 'the group has not changed';

@ApiTags('fleet')
@ApiBearerAuth()
@ApiProblems('DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/groups')
export class GroupsController {
  constructor(
    private readonly groups: GroupsService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  @Get()
  @Allow('viewer')
  @ApiOperation({
    summary: 'List the groups',
    description:
      'In the order of their names. A group has either members or a filter; the devices that a filter finds are counted for ' +
      'each list.',
  })
  @ApiPage(GroupResponse, 'One page of the list.')
  @ApiProblems('OVERLOADED')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { skip, limit }: PageQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<GroupResponse[]> {
    const { groups, total } = await this.groups.list(principal, skip, limit);
    response.setHeader('X-Total-Count', total);
    return groups.map((group) => GroupResponse.from(group));
  }

  @Post()
  @Allow('operator')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Create a group',
    description: 'With a filter, or with members: those of device_ids, or none yet.',
  })
  @ApiAnswer(GroupResponse, 'The group.')
  @ApiProblems('FILTER_INVALID', 'DEVICE_LIST_INVALID', 'GROUP_NAME_TAKEN')
  async create(@CurrentPrincipal() principal: Principal, @Body() body: GroupRequest): Promise<GroupResponse> {
    const { choice, deviceIds } = readNewGroup(body);
    return answerOf(await this.groups.create(principal, choice, deviceIds), devicesUnknown);
  }

  @Get(':group_id')
  @Allow('viewer')
  @ApiOperation({ summary: 'Get a group', description: 'With the number of its devices.' })
  @ApiAnswer(GroupResponse, 'The group.')
  @ApiProblems('GROUP_NOT_FOUND')
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param() { group_id }: GroupIdParam,
  ): Promise<GroupResponse> {
    return GroupResponse.from(await this.groups.get(principal, group_id));
  }

  @Patch(':group_id')
  @Allow('operator')
  @ApiOperation({
    summary: 'Change a group',
    description:
      'Changes only the fields that are sent. Filters that name the group by its old name find nothing.',
  })
  @ApiAnswer(GroupResponse, 'The group afterwards.')
  @ApiProblems(
    ...JSON_BODY_PROBLEMS,
    'FILTER_INVALID',
    'GROUP_NOT_FOUND',
    'GROUP_NAME_TAKEN',
    'GROUP_HAS_MEMBERS',
    'GROUP_IN_ROLLOUT',
  )
  async change(
    @CurrentPrincipal() principal: Principal,
    @Param() { group_id }: GroupIdParam,
    @Body() change: GroupChangeRequest,
  ): Promise<GroupResponse> {
    return GroupResponse.from(await this.groups.change(principal, group_id, toGroupChange(change)));
  }

  @Delete(':group_id')
  @Allow('operator')
  @ApiOperation({
    summary: 'Delete a group',
    description:
      'Its devices stay. Filters that were kept and name it find nothing; while a rollout that has not ended names it, it is refused.',
  })
  @ApiAnswer(SuccessResponse, 'The group is deleted.')
  @ApiProblems('GROUP_NOT_FOUND', 'GROUP_IN_ROLLOUT')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @Param() { group_id }: GroupIdParam,
  ): Promise<SuccessResponse> {
    await this.groups.delete(principal, group_id);
    return { success: true };
  }

  @Get(':group_id/members')
  @Allow('viewer')
  @ApiOperation({
    summary: 'Get the devices of a group',
    description:
      'Their ids in order, of a group with members as of one with a filter. With Accept: text/csv as a table, which can be ' +
      'sent back.',
  })
  @ApiProduces('application/json', CSV)
  @ApiAnswer(MembersResponse, 'The ids of the devices.')
  @ApiProblems('GROUP_NOT_FOUND')
  async members(
    @CurrentPrincipal() principal: Principal,
    @Param() { group_id }: GroupIdParam,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const pages = await this.groups.devicesOf(principal, group_id);
    const isCsv = request.accepts(['application/json', CSV]) === CSV;
    await sendMembers(response, isCsv ? CSV_FORM : JSON_FORM, pages);
  }

  @Put(':group_id/members')
  @Allow('operator')
  @ReadsItself(CSV)
  @ApiOperation({
    summary: 'Set the members of a group',
    description:
      'Exactly these devices are members afterwards. As JSON, or as text/csv: a table of at most 1,000,000 lines with a ' +
      'column device_id, such as an export of the devices. If a device is not known, the group does not change.',
  })
  @ApiConsumes('application/json', CSV)
  @ApiBody({ type: MembersRequest })
  @ApiAnswer(GroupResponse, 'The group afterwards.')
  @ApiProblems(...JSON_BODY_PROBLEMS, 'DEVICE_LIST_INVALID', 'GROUP_NOT_FOUND', 'GROUP_HAS_FILTER')
  async setMembers(
    @CurrentPrincipal() principal: Principal,
    @Param() { group_id }: GroupIdParam,
    @Req() request: Request,
  ): Promise<GroupResponse> {
    if (request.is(CSV) === false) {
      const deviceIds = readMembers(request.body);
      return answerOf(await this.groups.setMembers(principal, group_id, deviceIds), devicesUnknown);
    }
    const reader = new MemberTableReader();
    const limits = { maxBytes: MAX_TABLE_BYTES, stallMs: this.config.limits.uploadStallMs };
    await readStream(request, limits, (piece) => reader.write(piece));
    const { deviceIds, faults, lineOf } = await reader.end();
    if (faults.length > 0) throw listInvalid(faults, NOTHING_CHANGED);
    return answerOf(await this.groups.setMembers(principal, group_id, deviceIds), ({ unknown }) =>
      listInvalid(
        unknown.map((id) => ({ line: lineOf(id), fault: `There is no device with the id ${id}.` })),
        NOTHING_CHANGED,
      ),
    );
  }
}

function answerOf(
  result: CountedGroup | UnknownDevices,
  refusal: (result: UnknownDevices) => TransportError,
): GroupResponse {
  if ('unknown' in result) throw refusal(result);
  return GroupResponse.from(result);
}
