import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';
import { violationOf } from './field-violation.js';
import { fieldNamesOf } from './internals/dto-rules.js';
import { TransportError, type FieldErrors } from './problem.js';

const TOLERANT = Symbol('ignores unknown fields');

/** For what devices send: fields of newer clients are ignored instead of refused. */
export function IgnoresUnknownFields(): ClassDecorator {
  return (target) => {
    Reflect.defineMetadata(TOLERANT, true, target);
  };
}

export const ignoresUnknownFields = (dto: Type): boolean => Reflect.hasMetadata(TOLERANT, dto);

const UNJUDGED = Symbol('fields that are handed on as they came');

/** For optional fields that are judged after the request was taken, since it is not refused for them. */
export function HandsOn(...fields: readonly string[]): ClassDecorator {
  return (target) => {
    Reflect.defineMetadata(UNJUDGED, fields, target);
  };
}

export const unjudgedFields = (dto: Type): readonly string[] =>
  (Reflect.getMetadata(UNJUDGED, dto) ?? []) as readonly string[];

const SECRETIVE = Symbol('does not repeat names of unknown fields');

/** For what holds passwords: one that was sent as the name of a field is not repeated in the refusal. */
export function HidesUnknownFields(): ClassDecorator {
  return (target) => {
    Reflect.defineMetadata(SECRETIVE, true, target);
  };
}

const UNKNOWN_FIELD =
  'a field of the body is not known here; its name is not repeated, as it may be a secret';
const NONE: ReadonlySet<string> = new Set();
const IGNORED = Symbol('ignores these fields');

/** For what a client may send back as this server said it, although nothing of it is believed. */
export function IgnoresFields(...fields: readonly string[]): ClassDecorator {
  return (target) => {
    Reflect.defineMetadata(IGNORED, new Set(fields), target);
  };
}

/**
 * Turns a body, a query or path parameters into its DTO, or refuses it with all its violations at once. The DTOs of this
 * API are flat, so a value that is itself an object or a list is a violation before anything descends into it.
 */
@Injectable()
export class WireValidationPipe implements PipeTransform {
  async transform(value: unknown, { metatype, type }: ArgumentMetadata): Promise<unknown> {
    if (!metatype || !isDto(metatype)) return value;
    const given = asRecord(value, type);
    const known = fieldNamesOf(metatype);
    // Without a prototype, so that a field named __proto__ is one like any other.
    const violations = Object.create(null) as Record<string, string[]>;
    const usable = Object.create(null) as Record<string, unknown>;

    const ignored = (Reflect.getMetadata(IGNORED, metatype) ?? NONE) as ReadonlySet<string>;

    const unjudged = unjudgedFields(metatype);
    for (const [field, content] of Object.entries(given)) {
      if (ignored.has(field) || unjudged.includes(field)) continue;
      if (!known.has(field)) {
        if (Reflect.hasMetadata(SECRETIVE, metatype)) violations['body'] = [UNKNOWN_FIELD];
        else if (!ignoresUnknownFields(metatype)) violations[field] = [`${field} is not known here`];
      } else if (typeof content === 'object' && content !== null) {
        violations[field] = [`${field} must be a single value`];
      } else {
        usable[field] = content;
      }
    }

    const dto = plainToInstance(metatype, usable) as object;
    for (const { property: field, value: refused, constraints: broken = {} } of await brokenRules(
      dto,
      known,
    )) {
      violations[field] ??= [violationOf({ field, value: refused, broken, isJson: type === 'body' })];
    }
    if (Object.keys(violations).length > 0) throw validationFailed(violations);
    for (const field of unjudged) {
      if (given[field] !== undefined) Object.assign(dto, { [field]: given[field] });
    }
    return dto;
  }
}

/** The library takes an object without any rules for one of no class. */
const brokenRules = (dto: object, known: ReadonlySet<string>): Promise<ValidationError[]> =>
  known.size > 0 ? validate(dto) : Promise.resolve([]);

/** @param errors in wire names */
export function validationFailed(errors: FieldErrors): TransportError {
  const sentences = Object.values(errors).flat().join('; ');
  return new TransportError('VALIDATION_FAILED', `${sentences}.`, {}, errors);
}

function asRecord(value: unknown, type: ArgumentMetadata['type']): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  if (type !== 'body') return {};
  throw new TransportError('VALIDATION_FAILED', 'The body must be a JSON object.');
}

const isDto = (metatype: Type): boolean =>
  fieldNamesOf(metatype).size > 0 || unjudgedFields(metatype).length > 0;
