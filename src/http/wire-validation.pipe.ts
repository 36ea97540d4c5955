import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { DomainError } from '../domain/errors.js';
import { faultOf } from './field-fault.js';
import { fieldNamesOf } from './internals/dto-rules.js';

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

const NONE: ReadonlySet<string> = new Set();
const IGNORED = Symbol('ignores these fields');

/** For what a client may send back as this server said it, although nothing of it is believed. */
export function IgnoresFields(...fields: readonly string[]): ClassDecorator {
  return (target) => {
    Reflect.defineMetadata(IGNORED, new Set(fields), target);
  };
}

/**
 * Turns a body, a query or path parameters into its DTO, or refuses it with all its faults at once. The DTOs of this
 * API are flat, so a value that is itself an object or a list is a fault before anything descends into it.
 */
@Injectable()
export class WireValidationPipe implements PipeTransform {
  async transform(value: unknown, { metatype, type }: ArgumentMetadata): Promise<unknown> {
    if (!metatype || !isDto(metatype)) return value;
    const given = asRecord(value, type);
    const known = fieldNamesOf(metatype);
    // Without a prototype, so that a field named __proto__ is one like any other.
    const faults = Object.create(null) as Record<string, string[]>;
    const usable = Object.create(null) as Record<string, unknown>;

    const ignored = (Reflect.getMetadata(IGNORED, metatype) ?? NONE) as ReadonlySet<string>;

    const unjudged = unjudgedFields(metatype);
    for (const [field, content] of Object.entries(given)) {
      if (ignored.has(field) || unjudged.includes(field)) continue;
      if (!known.has(field)) {
        if (!ignoresUnknownFields(metatype)) faults[field] = [`${field} is not known here`];
      } else if (typeof content === 'object' && content !== null) {
        faults[field] = [`${field} must be a single value`];
      } else {
        usable[field] = content;
      }
    }

    const dto = plainToInstance(metatype, usable) as object;
    for (const { property: field, value: refused, constraints: broken = {} } of await validate(dto)) {
      faults[field] ??= [faultOf({ field, value: refused, broken, isJson: type === 'body' })];
    }
    if (Object.keys(faults).length > 0) throw validationFailed(faults);
    for (const field of unjudged) {
      if (given[field] !== undefined) Object.assign(dto, { [field]: given[field] });
    }
    return dto;
  }
}

export function validationFailed(faults: Readonly<Record<string, readonly string[]>>): DomainError {
  const sentences = Object.values(faults).flat().join('; ');
  return new DomainError('VALIDATION_FAILED', `${sentences}.`, faults);
}

function asRecord(value: unknown, type: ArgumentMetadata['type']): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  if (type !== 'body') return {};
  throw new DomainError('VALIDATION_FAILED', 'The body must be a JSON object.');
}

const isDto = (metatype: Type): boolean => fieldNamesOf(metatype).size > 0;
