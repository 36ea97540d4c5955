import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Principal } from '../../domain/principal.js';
import { Allow } from '../../http/allow.js';
import { ApiAnswer, ApiPage, ApiProblems, JSON_BODY_PROBLEMS } from '../../http/openapi.js';
import { PageQuery } from '../../http/paging.js';
import { SuccessResponse } from '../../http/success-response.js';
import { CurrentPrincipal } from '../../http/principal.js';
import { UserChangeRequest, UserCreateRequest, UserIdParam, UserResponse } from '../dto/user.dto.js';
import { UsersService } from './users.service.js';

const NEW_VALUES = [
  'PASSWORD_TOO_SHORT',
  'PASSWORD_COMMON',
  'ROLE_UNKNOWN',
  'USERNAME_TAKEN',
  'USERNAME_CONFUSABLE',
] as const;

@ApiTags('users')
@ApiBearerAuth()
@ApiProblems('UNAUTHENTICATED', 'NOT_ALLOWED', 'VALIDATION_FAILED', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Allow('admin')
  @ApiOperation({
    summary: 'List users',
    description: 'Returns the users in the order of their names, with their roles.',
  })
  @ApiPage(UserResponse, 'The users.')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { skip, limit }: PageQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UserResponse[]> {
    const { users, total } = await this.users.list(principal, skip, limit);
    response.setHeader('X-Total-Count', total);
    return users.map((user) => UserResponse.from(user));
  }

  @Post()
  @Allow('admin')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Create a user',
    description:
      'A viewer reads; an operator also publishes firmware, and names, tags, groups and blocks devices; an admin also ' +
      'manages users and tokens.',
  })
  @ApiAnswer(UserResponse, 'The user, who can log in now.')
  @ApiProblems(
    ...JSON_BODY_PROBLEMS,
    'UNAUTHENTICATED',
    'NOT_ALLOWED',
    'DATABASE_UNAVAILABLE',
    'TOKEN_NOT_ALLOWED',
    ...NEW_VALUES,
  )
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() { username, password, role, is_active }: UserCreateRequest,
  ): Promise<UserResponse> {
    const user = { username, password, role, isActive: is_active };
    return UserResponse.from(await this.users.create(principal, user));
  }

  @Patch(':id')
  @Allow('admin', { action: 'user.update' })
  @ApiOperation({
    summary: 'Change a user',
    description:
      'A change has its effect on every server within a second, also for tokens that were issued before.',
  })
  @ApiAnswer(UserResponse, 'The user as it is now.')
  @ApiProblems(
    ...JSON_BODY_PROBLEMS,
    'UNAUTHENTICATED',
    'NOT_ALLOWED',
    'DATABASE_UNAVAILABLE',
    ...NEW_VALUES,
    'TOKEN_NOT_ALLOWED',
    'USER_NOT_FOUND',
    'LAST_ADMIN',
  )
  async change(
    @CurrentPrincipal() principal: Principal,
    @Param() { id }: UserIdParam,
    @Body() { username, password, role, is_active }: UserChangeRequest,
  ): Promise<UserResponse> {
    const changes = {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(role !== undefined && { role }),
      ...(is_active !== undefined && { isActive: is_active }),
    };
    return UserResponse.from(await this.users.update(principal, id, changes));
  }

  @Delete(':id')
  @Allow('admin', { action: 'user.delete' })
  @ApiOperation({ summary: 'Delete a user', description: 'Ends the tokens and sessions of the user, too.' })
  @ApiAnswer(SuccessResponse, 'The user is deleted.')
  @ApiProblems(
    'UNAUTHENTICATED',
    'NOT_ALLOWED',
    'VALIDATION_FAILED',
    'DATABASE_UNAVAILABLE',
    'USER_NOT_FOUND',
    'LAST_ADMIN',
  )
  async remove(
    @CurrentPrincipal() principal: Principal,
    @Param() { id }: UserIdParam,
  ): Promise<SuccessResponse> {
    await this.users.remove(principal, id);
    return { success: true };
  }
}
