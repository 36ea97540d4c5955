import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationArguments } from 'class-validator';
import { ignoresUnknownFields } from '../wire-validation.pipe.js';

/** @returns the DTO when the input is plainly valid; null when in doubt, for the validation pipe to say what is wrong */
export type Recogniser<T extends object = object> = (given: Readonly<Record<string, unknown>>) => T | null;

interface Field {
  readonly name: string;
  /** When one says no, the rules do not apply: `@IsOptional()`, `@ValidateIf()`. */
  readonly conditions: readonly ((dto: object, value: unknown) => boolean)[];
  readonly rules: readonly Rule[];
}

interface Rule {
  readonly validate: (value: unknown, args: ValidationArguments) => boolean | Promise<boolean>;
  readonly args: ValidationArguments;
}

/**
 * Makes one function of the class-validator rules of a DTO: the very rules that the validation pipe asks, without what
 * the pipe does to word a refusal.
 * @throws Error when the DTO has rules of a kind that this does not know
 */
export function recogniserOf<T extends object>(dto: Type<T>): Recogniser<T> {
  const fields = fieldsOf(dto);
  const names = new Set(fields.map(({ name }) => name));
  const isTolerant = ignoresUnknownFields(dto);

  return (given) => {
    if (!isTolerant && !Object.keys(given).every((name) => names.has(name))) return null;
    const instance = new dto();
    for (const field of fields) {
      const value = given[field.name];
      if (typeof value === 'object' && value !== null) return null;
      if (value !== undefined) (instance as Record<string, unknown>)[field.name] = value;
      if (!holds(field, instance, value)) return null;
    }
    return instance;
  };
}

/** As above for what comes as text, in a path: transformed first, as the DTO says. */
export function textRecogniserOf<T extends object>(dto: Type<T>): Recogniser<T> {
  const recognise = recogniserOf(dto);
  return (given) => recognise(plainToInstance(dto, given) as Record<string, unknown>);
}

function holds({ conditions, rules }: Field, dto: object, value: unknown): boolean {
  for (const applies of conditions) if (!applies(dto, value)) return true;
  for (const { validate, args } of rules) {
    args.value = value;
    args.object = dto;
    if (validate(value, args) !== true) return false;
  }
  return true;
}

function fieldsOf(dto: Type): Field[] {
  const storage = getMetadataStorage();
  const metadata = storage.getTargetValidationMetadatas(dto, '', false, false);
  return Object.entries(storage.groupByPropertyName(metadata)).map(([name, all]) => {
    const field = { name, conditions: [] as Field['conditions'][number][], rules: [] as Rule[] };
    for (const { type, constraints = [], constraintCls, each, validateIf } of all) {
      if (type === 'conditionalValidation') {
        field.conditions.push(constraints[0] as Field['conditions'][number]);
      } else if (type === 'customValidation' && !each && !validateIf) {
        const args = { targetName: dto.name, property: name, constraints, object: {}, value: undefined };
        for (const { instance } of storage.getTargetValidatorConstraints(constraintCls)) {
          field.rules.push({ validate: instance.validate.bind(instance), args });
        }
      } else {
        throw new Error(
          `${dto.name}.${name} has a rule of the kind ${type}, which the device lane does not know.`,
        );
      }
    }
    return field;
  });
}
