import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ROLES, type Role } from '../../domain/permissions.js';
import {
  FromDigits,
  FromTime,
  IsId,
  IsOneLine,
  IsOptionalButNotNull,
  IsText,
  IsTime,
} from '../../http/wire-fields.js';

const MAX_NAME_LENGTH = 100;
const MAX_ROLE_LENGTH = 100;

export class TokenIdParam {
  @ApiProperty({ description: 'The id of the token.' })
  @FromDigits()
  @IsId()
  id!: number;
}

export class TokenCreateRequest {
  @ApiProperty({ example: 'ci', maxLength: MAX_NAME_LENGTH, description: 'What the token is for.' })
  @IsText(MAX_NAME_LENGTH)
  @IsOneLine()
  name!: string;

  @ApiPropertyOptional({ enum: ROLES, default: 'viewer', description: 'Not above your own.' })
  @IsOptionalButNotNull()
  @IsText(MAX_ROLE_LENGTH)
  role = 'viewer';

  @ApiPropertyOptional({
    type: 'string',
    format: 'date-time',
    example: '2099-01-31T12:00:00Z',
    description: 'Absent: the token never expires.',
  })
  @IsOptionalButNotNull()
  @FromTime()
  @IsTime()
  expires_at?: Date;
}

interface Token {
  readonly id: number;
  readonly userId: number;
  readonly username: string;
  readonly name: string;
  readonly role: Role;
  readonly tokenPrefix: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export class TokenResponse {
  @ApiProperty({ example: 3 })
  id!: number;

  @ApiProperty({ example: 2 })
  user_id!: number;

  @ApiProperty({ example: 'anna' })
  username!: string;

  @ApiProperty({ example: 'ci' })
  name!: string;

  @ApiProperty({ enum: ROLES, example: 'operator', description: "The user's role is the other limit." })
  role!: Role;

  @ApiProperty({ example: 'ota_4f7H', description: 'The beginning of the token.' })
  token_prefix!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  created_at!: string;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    example: null,
    description: 'null: never.',
  })
  expires_at!: string | null;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    example: '2026-02-01T12:00:00.000Z',
    description: 'About a minute exact; null: not used yet.',
  })
  last_used_at!: string | null;

  static from(token: Token): TokenResponse {
    return {
      id: token.id,
      user_id: token.userId,
      username: token.username,
      name: token.name,
      role: token.role,
      token_prefix: token.tokenPrefix,
      created_at: token.createdAt.toISOString(),
      expires_at: token.expiresAt?.toISOString() ?? null,
      last_used_at: token.lastUsedAt?.toISOString() ?? null,
    };
  }
}

export class TokenCreatedResponse extends TokenResponse {
  @ApiProperty({
    example: 'ota_4f7HkQzv2bXw9Jr1mNc8LpYs3TdUe6Ga0RhVi5K',
    description: 'The token itself, which is shown only now.',
  })
  token!: string;

  static with(about: Token, token: string): TokenCreatedResponse {
    return Object.assign(TokenResponse.from(about), { token });
  }
}
