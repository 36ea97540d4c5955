import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '../../domain/permissions.js';
import type { Principal } from '../../domain/principal.js';

export class MeResponse {
  @ApiProperty({ example: 1, description: 'The id of the user.' })
  id!: number;

  @ApiProperty({ example: 'admin' })
  username!: string;

  @ApiProperty({
    enum: ROLES,
    example: 'admin',
    description: "The user's, or the token's where that is lower.",
  })
  role!: Role;

  @ApiProperty({ enum: ['password', 'token'], example: 'password' })
  via!: 'password' | 'token';

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: null,
    description: 'The name of the API token; null: the credentials are those of a login.',
  })
  token_name!: string | null;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    example: '2026-01-31T12:00:00.000Z',
    description: 'When the credentials expire; null: never.',
  })
  expires_at!: string | null;

  static from({ id, name, role, via, token, expiresAt }: Principal): MeResponse {
    const expires_at = expiresAt?.toISOString() ?? null;
    return { id, username: name, role, via, token_name: token?.name ?? null, expires_at };
  }
}
