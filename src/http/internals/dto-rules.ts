import type { Type } from '@nestjs/common';
import { getMetadataStorage, type ValidationArguments } from 'class-validator';

/*
 * Reads the rules that class-validator's decorators have registered for a DTO. Its metadata storage is exported, but not
 * documented. Tried with class-validator 0.15; test/http/internals.spec.ts fails when it changes.
 * It may go when class-validator tells which fields a class has rules for, and lets one rule be asked alone.
 */

/** When one says no, the rules do not apply: `@IsOptional()`, `@ValidateIf()`. */
export type RuleCondition = (dto: object, value: unknown) => boolean;

export interface FieldRule {
  /** As class-validator calls it: `isInt`. */
  readonly name: string | undefined;
  readonly validate: (value: unknown, args: ValidationArguments) => boolean | Promise<boolean>;
  readonly args: ValidationArguments;
}

export interface FieldRules {
  readonly field: string;
  readonly conditions: readonly RuleCondition[];
  readonly rules: readonly FieldRule[];
}

const metadataOf = (
  dto: Type,
): ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']> =>
  getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);

/** The fields that a class has rules for. */
export const fieldNamesOf = (dto: Type): Set<string> =>
  new Set(metadataOf(dto).map(({ propertyName }) => propertyName));

/** @throws Error when the class has rules of a kind that is no condition and no plain rule */
export function fieldRulesOf(dto: Type): FieldRules[] {
  const storage = getMetadataStorage();
  return Object.entries(storage.groupByPropertyName(metadataOf(dto))).map(([field, all]) => {
    const conditions: RuleCondition[] = [];
    const rules: FieldRule[] = [];
    for (const { type, name, constraints = [], constraintCls, each, validateIf } of all) {
      if (type === 'conditionalValidation') {
        conditions.push(constraints[0] as RuleCondition);
      } else if (type === 'customValidation' && !each && !validateIf) {
        const args = { targetName: dto.name, property: field, constraints, object: {}, value: undefined };
        for (const { instance } of storage.getTargetValidatorConstraints(constraintCls)) {
          rules.push({ name, validate: instance.validate.bind(instance), args });
        }
      } else {
        throw new Error(`${dto.name}.${field} has a rule of the kind ${type}, which cannot be asked alone.`);
      }
    }
    return { field, conditions, rules };
  });
}
