import { ApiProperty } from '@nestjs/swagger';
import { PASSWORD_LENGTH } from '../../domain/password-rule.js';
import { IsText } from '../../http/wire-fields.js';
import { HidesUnknownFields } from '../../http/wire-validation.pipe.js';

const { min, max } = PASSWORD_LENGTH;

@HidesUnknownFields()
export class PasswordChangeRequest {
  @ApiProperty({ format: 'password', example: 'the password until now' })
  @IsText(max)
  current_password!: string;

  @ApiProperty({
    format: 'password',
    minLength: min,
    maxLength: max,
    example: 'the password from now on',
  })
  @IsText(max)
  new_password!: string;
}
