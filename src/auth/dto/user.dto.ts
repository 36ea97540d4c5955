import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { PASSWORD_LENGTH } from '../../domain/password-rule.js';
import { ROLES, type Role } from '../../domain/permissions.js';
import { MAX_USERNAME_LENGTH } from '../../domain/username.js';
import { FromDigits, IsId, IsOptionalButNotNull, IsText } from '../../http/wire-fields.js';
import { HidesUnknownFields } from '../../http/wire-validation.pipe.js';

const { min, max } = PASSWORD_LENGTH;
const MAX_ROLE_LENGTH = 100;

export class UserIdParam {
  @ApiProperty({ description: 'The id of the user.' })
  @FromDigits()
  @IsId()
  id!: number;
}

@HidesUnknownFields()
export class UserCreateRequest {
  @ApiProperty({ example: 'anna', maxLength: MAX_USERNAME_LENGTH })
  @IsText(MAX_USERNAME_LENGTH)
  username!: string;

  @ApiProperty({ format: 'password', minLength: min, maxLength: max, example: 'four words of no sentence' })
  @IsText(max)
  password!: string;

  @ApiPropertyOptional({ enum: ROLES, default: 'viewer' })
  @IsOptionalButNotNull()
  @IsText(MAX_ROLE_LENGTH)
  role = 'viewer';

  @ApiPropertyOptional({ type: Boolean, default: true, description: 'False: the user cannot log in yet.' })
  @IsOptionalButNotNull()
  @IsBoolean()
  is_active = true;
}

@HidesUnknownFields()
export class UserChangeRequest {
  @ApiPropertyOptional({ example: 'anna', maxLength: MAX_USERNAME_LENGTH })
  @IsOptionalButNotNull()
  @IsText(MAX_USERNAME_LENGTH)
  username?: string;

  @ApiPropertyOptional({
    format: 'password',
    minLength: min,
    maxLength: max,
    example: 'four words of no sentence',
    description: 'Ends the sessions and tokens of logins of the user; API tokens stay.',
  })
  @IsOptionalButNotNull()
  @IsText(max)
  password?: string;

  @ApiPropertyOptional({ enum: ROLES })
  @IsOptionalButNotNull()
  @IsText(MAX_ROLE_LENGTH)
  role?: string;

  @ApiPropertyOptional({
    example: true,
    description:
      'False: ends the sessions of the user; API tokens are refused until the user is active again.',
  })
  @IsOptionalButNotNull()
  @IsBoolean()
  is_active?: boolean;
}

interface User {
  readonly id: number;
  readonly username: string;
  readonly role: Role;
  readonly isActive: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export class UserResponse {
  @ApiProperty({ example: 2 })
  id!: number;

  @ApiProperty({ example: 'anna' })
  username!: string;

  @ApiProperty({ enum: ROLES, example: 'operator' })
  role!: Role;

  @ApiProperty({
    example: true,
    description: 'False: the user cannot log in, and tokens of the user are refused.',
  })
  is_active!: boolean;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  created_at!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  updated_at!: string;

  static from({ id, username, role, isActive, createdAt, updatedAt }: User): UserResponse {
    return {
      id,
      username,
      role,
      is_active: isActive,
      created_at: createdAt.toISOString(),
      updated_at: updatedAt.toISOString(),
    };
  }
}
