import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  IsDate,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateIf,
  type ValidationOptions,
  registerDecorator,
} from 'class-validator';
import { parseDeviceId } from '../domain/device-id.js';
import { DEVICE_TYPE_FORM, MAX_DEVICE_TYPE_LENGTH } from '../domain/device-type.js';
import { isReleaseVersion, MAX_VERSION_LENGTH } from '../domain/firmware-version.js';
import { isPlainFilename } from '../domain/plain-filename.js';
import { isOneLine, isPlainText } from '../domain/plain-text.js';
import { lengthInCodePoints } from '../domain/storable-text.js';
import { parseTime } from '../domain/wire-time.js';
import * as example from './examples.js';

/** The fields that several messages of the wire contract share, each with its rules in one place. */

export const MAX_ID = Number.MAX_SAFE_INTEGER;
export const MAX_INT32 = 2 ** 31 - 1;

/** An id of a device or a row: 1 .. 2^53-1. */
export const IsId = (): PropertyDecorator => applyDecorators(IsInt(), Min(1), Max(MAX_ID));

/** `[A-Za-z0-9][A-Za-z0-9._-]*`, 1..50 characters: safe as a folder's name, too. */
export const IsDeviceType = (): PropertyDecorator =>
  applyDecorators(
    HasAtMost(MAX_DEVICE_TYPE_LENGTH),
    Matches(DEVICE_TYPE_FORM, {
      message: '$property must begin with a letter or digit and hold only letters, digits, ".", "_" and "-"',
    }),
  );

/** A version that may be published. */
export const IsReleaseVersion = (): PropertyDecorator =>
  applyDecorators(
    HasAtMost(MAX_VERSION_LENGTH),
    Rule('isReleaseVersion', isReleaseVersion, 'must be MAJOR.MINOR.PATCH, optionally with -prerelease'),
  );

/** Text of one line or more that a database and a terminal can take. */
export const IsPlainText = (maxLength: number): PropertyDecorator =>
  applyDecorators(HasAtMost(maxLength), Rule('isPlainText', isPlainText, 'must not hold control characters'));

/** A name that people tell things apart by. */
export const IsOneLine = (): PropertyDecorator =>
  Rule('isOneLine', isOneLine, 'must not hold control or invisible characters, or begin or end with a space');

export const IsPlainFilename = (): PropertyDecorator =>
  Rule(
    'isPlainFilename',
    isPlainFilename,
    'must be a file name of 1 to 255 characters without folders, control or invisible characters',
  );

/** For a field of which null is not the same as absent. */
export const IsOptionalButNotNull = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** In a query or a path everything is text. What is no whole number stays text, for the rules to refuse. */
export const FromDigits = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value,
  );

/** A device id of a path: a number or a MAC address. What is none stays text, for the rules to refuse. */
export const FromDeviceId = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? (parseDeviceId(value) ?? value) : value,
  );

/** The same for `true` and `false`. */
export const FromTrueOrFalse = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));

/** A time of a query; what is none stays text, for {@link IsTime} to refuse. */
export const FromTime = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? (parseTime(value) ?? value) : value,
  );

export const IsTime = (): PropertyDecorator =>
  IsDate({ message: '$property must be a date or a time with its zone, such as 2026-01-31T12:00:00Z' });

/** A time that narrows down a list. @param description of what is listed then, a sentence */
export const IsTimeOfQuery = (description: string): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: String, format: 'date-time', example: example.TIME, description }),
    IsOptional(),
    FromTime(),
    IsTime(),
  );

/** A text that clients also send as a bare number or boolean; {@link String} makes one of it. */
export const IsTextual = (): PropertyDecorator => (target, property) => {
  registerDecorator({
    name: 'isTextual',
    target: target.constructor,
    propertyName: String(property),
    options: { message: '$property must be a text' },
    validator: { validate: (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value) },
  });
};

export const IsText = (maxLength: number): PropertyDecorator =>
  applyDecorators(
    Rule('isNotEmpty', (text) => text !== '', 'must be longer than or equal to 1 characters'),
    HasAtMost(maxLength),
  );

/** The same, but that it may be empty. */
export const IsTextOrEmpty = (maxLength: number): PropertyDecorator => HasAtMost(maxLength);

/** Length as the columns of the database count it. `@MaxLength()` counts what a reader sees, of which some count nothing. */
function HasAtMost(count: number): PropertyDecorator {
  const message = `must be shorter than or equal to ${count} characters`;
  return Rule('hasAtMost', (text) => lengthInCodePoints(text) <= count, message);
}

function Rule(name: string, holds: (text: string) => boolean, message: string): PropertyDecorator {
  return (target, property) => {
    const options: ValidationOptions = { message: `$property ${message}` };
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(property),
      options,
      validator: { validate: (value: unknown) => typeof value === 'string' && holds(value) },
    });
  };
}
