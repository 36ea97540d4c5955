import { ApiProperty } from '@nestjs/swagger';
import { IsText } from '../../http/wire-fields.js';
import { HidesUnknownFields } from '../../http/wire-validation.pipe.js';

@HidesUnknownFields()
export class LoginRequest {
  @ApiProperty({ example: 'admin' })
  @IsText(100)
  username!: string;

  @ApiProperty({ example: 'the password that the first start printed', format: 'password' })
  @IsText(1000)
  password!: string;
}

export class LoginResponse {
  @ApiProperty({
    description: 'Send it as `Authorization: Bearer …`.',
    example: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.dGhlIHNpZ25hdHVyZQ',
  })
  access_token!: string;

  @ApiProperty({ example: 'Bearer' })
  token_type!: string;

  @ApiProperty({ example: 43200, description: 'Lifetime of the token in seconds.' })
  expires_in!: number;
}
