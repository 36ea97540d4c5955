import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { PASSWORD_LENGTH, passwordViolation } from '../../domain/password-rule.js';
import { IsText } from '../../http/wire-fields.js';

const { min, max } = PASSWORD_LENGTH;

const IsNewPassword = (): PropertyDecorator =>
  ValidateBy({
    name: 'isNewPassword',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && passwordViolation(value) === null,
      defaultMessage: () => `$property must be a text of ${min} to ${max} characters`,
    },
  });

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
  @IsNewPassword()
  new_password!: string;
}

export class PasswordChangedResponse {
  @ApiProperty({ example: true })
  success!: boolean;
}
