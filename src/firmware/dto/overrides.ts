import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import type { Overrides } from '../../domain/overrides.js';
import { FromTrueOrFalse, IsOptionalButNotNull } from '../../http/wire-fields.js';

/** What each override is for. It should be sent only by somebody who means it. */
export const OVERRIDE_DESCRIPTIONS = {
  allow_version_mismatch: 'Accept an image that contains a version or build other than the published one.',
  allow_unparsable_version: 'Accept an image whose version cannot be ordered.',
  allow_unknown_format: 'Accept a file that is not an ESP32 application image. Text is never accepted.',
  allow_chip_change: 'Accept an image for a different chip than before.',
  allow_lower_secure_version: 'Accept a secure version lower than that of the newest stable release.',
} as const;

const IsOverride = (name: keyof typeof OVERRIDE_DESCRIPTIONS): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: Boolean, default: false, description: OVERRIDE_DESCRIPTIONS[name] }),
    IsOptionalButNotNull(),
    IsBoolean(),
  );

/** In JSON. */
export class OverrideFields {
  @IsOverride('allow_version_mismatch')
  allow_version_mismatch?: boolean;

  @IsOverride('allow_unparsable_version')
  allow_unparsable_version?: boolean;

  @IsOverride('allow_unknown_format')
  allow_unknown_format?: boolean;

  @IsOverride('allow_chip_change')
  allow_chip_change?: boolean;

  @IsOverride('allow_lower_secure_version')
  allow_lower_secure_version?: boolean;
}

/** In a form or a query, where everything is text. */
export class OverrideFormFields extends OverrideFields {
  @FromTrueOrFalse()
  declare allow_version_mismatch?: boolean;

  @FromTrueOrFalse()
  declare allow_unparsable_version?: boolean;

  @FromTrueOrFalse()
  declare allow_unknown_format?: boolean;

  @FromTrueOrFalse()
  declare allow_chip_change?: boolean;

  @FromTrueOrFalse()
  declare allow_lower_secure_version?: boolean;
}

export const toOverrides = (fields: OverrideFields): Overrides => ({
  allowVersionMismatch: fields.allow_version_mismatch,
  allowUnparsableVersion: fields.allow_unparsable_version,
  allowUnknownFormat: fields.allow_unknown_format,
  allowChipChange: fields.allow_chip_change,
  allowLowerSecureVersion: fields.allow_lower_secure_version,
});
