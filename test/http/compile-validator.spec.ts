import 'reflect-metadata';
import { Logger, type Type } from '@nestjs/common';
import { Allow, IsInt, ValidateNested } from 'class-validator';
import fc from 'fast-check';
import { CheckRequest, OPTIONAL_FIELDS } from '../../src/ota-check/dto/check.dto.js';
import { StatusRequest } from '../../src/logs/dto/status.dto.js';
import { ATTEMPT_STATUSES } from '../../src/domain/ota-attempt.js';
import { FirmwareIdParam } from '../../src/http/firmware-id-param.js';
import { WireValidationPipe } from '../../src/http/wire-validation.pipe.js';
import { compileValidator, compileTextValidator } from '../../src/http/device-lane/compile-validator.js';
import { samples } from '../support/samples.js';

const pipe = new WireValidationPipe();
const piped = (metatype: Type, given: unknown, type: 'body' | 'param' = 'body') =>
  pipe.transform(given, { type, metatype }).catch(() => null);

const value = fc.oneof(
  fc.integer({ min: -2, max: 3 }),
  fc.constantFrom(2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER, 2 ** 53, 0.5, 1e300),
  fc.constantFrom(
    '1.0.0',
    'sensor',
    '',
    'a'.repeat(51),
    '-a',
    '\u0000',
    'ß'.repeat(33),
    '\ud83d\ude00'.repeat(32),
  ),
  fc.constantFrom(...ATTEMPT_STATUSES),
  fc.constantFrom(null, true, undefined, [], [1], {}, { a: 1 }),
);
const bodies = (...fields: string[]) =>
  fc.record(
    Object.fromEntries([...fields, 'of_a_newer_device', '__proto__'].map((field) => [field, value])),
    { requiredKeys: [] },
  );

describe('a compiled validator of plainly valid input', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it.each([
    [
      CheckRequest,
      bodies('device_id', 'device_type', 'current_version', 'current_build', ...OPTIONAL_FIELDS),
    ],
    [StatusRequest, bodies('device_id', 'firmware_id', 'status', 'bytes_downloaded', 'error_message')],
  ] as const)('takes what the pipe takes, and makes the same of it: %p', async (dto, given) => {
    const validate = compileValidator(dto as Type<object>);
    await fc.assert(
      fc.asyncProperty(given, async (body) => {
        expect(validate(body)).toEqual(await piped(dto, body));
      }),
      { numRuns: samples(1_000) },
    );
  });

  it.each(['1', '007', '0', '-1', '1.5', 'abc', '9007199254740991', '9007199254740992', ''])(
    'takes the id %j in a path as the pipe does',
    async (firmware_id) => {
      const validate = compileTextValidator(FirmwareIdParam);
      expect(validate({ firmware_id })).toEqual(await piped(FirmwareIdParam, { firmware_id }, 'param'));
    },
  );

  it('refuses fields that are not known, unless the DTO ignores them', () => {
    class Strict {
      @IsInt()
      a!: number;
    }
    expect(compileValidator(Strict)({ a: 1 })).toEqual({ a: 1 });
    expect(compileValidator(Strict)({ a: 1, b: 2 })).toBeNull();
  });

  it('does not serve a DTO whose rules it does not know', () => {
    class Nested {
      @ValidateNested()
      a!: object;
    }
    class Lax {
      @Allow()
      a!: object;
    }
    expect(() => compileValidator(Nested)).toThrow('nestedValidation');
    expect(() => compileValidator(Lax)).toThrow('whitelistValidation');
  });
});
