import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { fieldRulesOf, type FieldRule, type RuleCondition } from '../internals/dto-rules.js';
import { ignoresUnknownFields, unjudgedFields } from '../wire-validation.pipe.js';

/** @returns the DTO when the input is plainly valid; null when in doubt, for the validation pipe to say what is wrong */
export type Validator<T extends object = object> = (given: Readonly<Record<string, unknown>>) => T | null;

interface Field {
  readonly name: string;
  readonly holds: (value: unknown, dto: object) => boolean;
}

/** Types, versions and states of a fleet at one time. */
const TEXTS_REMEMBERED = 1_000;

/**
 * Makes one function of the class-validator rules of a DTO: the very rules that the validation pipe asks, without what
 * the pipe does to word a refusal.
 * @throws Error when the DTO has rules of a kind that this does not know
 */
export function compileValidator<T extends object>(dto: Type<T>): Validator<T> {
  const fields = fieldRulesOf(dto).map(({ field, conditions, rules }) => ({
    name: field,
    holds: holdsOf(conditions, rules),
  }));
  const unjudged = unjudgedFields(dto);
  const names = new Set([...fields.map(({ name }) => name), ...unjudged]);
  const isTolerant = ignoresUnknownFields(dto);

  const validate = compile(dto, fields, unjudged);
  if (isTolerant) return validate;
  return (given) => (Object.keys(given).every((name) => names.has(name)) ? validate(given) : null);
}

/**
 * Writes the reading of the fields out, one after the other: where their names are known, V8 looks none of them up.
 * The names come from the DTO, never from a request.
 */
function compile<T extends object>(
  dto: Type<T>,
  fields: readonly Field[],
  unjudged: readonly string[],
): Validator<T> {
  const lines = fields.map(({ name }, index) => {
    const property = JSON.stringify(name);
    return `
      const value${index} = given[${property}];
      if (typeof value${index} === 'object' && value${index} !== null) return null;
      if (value${index} !== undefined) instance[${property}] = value${index};
      if (!holds${index}(value${index}, instance)) return null;`;
  });
  const handingOn = unjudged.map((name) => {
    const property = JSON.stringify(name);
    return `
      if (given[${property}] !== undefined) instance[${property}] = given[${property}];`;
  });
  const rules = fields.map((_, index) => `holds${index}`);
  const body = [...lines, ...handingOn].join('');
  const source = `return (given) => { const instance = new dto(); ${body} return instance; };`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- of the names of a class's own fields
  const make = new Function('dto', ...rules, source) as (...args: unknown[]) => Validator<T>;
  return make(dto, ...fields.map(({ holds }) => holds));
}

/** As above for what comes as text, in a path: transformed first, as the DTO says. */
export function compileTextValidator<T extends object>(dto: Type<T>): Validator<T> {
  const validate = compileValidator(dto);
  return (given) => validate(plainToInstance(dto, given) as Record<string, unknown>);
}

/** The rules as one function: the cost of a check is that of the many small ones that it passes through. */
function holdsOf(conditions: readonly RuleCondition[], rules: readonly FieldRule[]): Field['holds'] {
  const ofNumber = wholeNumberRule(rules);
  const asked = ofNumber ?? allOf(rules);
  // What is optional is free text, of which no two are the same.
  if (conditions.length === 0) return ofNumber ?? rememberedText(asked);
  return (value, dto) => conditions.some((applies) => !applies(dto, value)) || asked(value, dto);
}

/** `@IsInt()` with `@Min()` and `@Max()`, which are asked for the most. @returns null for other rules */
function wholeNumberRule(rules: readonly FieldRule[]): Field['holds'] | null {
  const limits = { isInt: 0, min: -Infinity, max: Infinity };
  for (const { name, args } of rules) {
    if (name === undefined || !(name in limits)) return null;
    limits[name as keyof typeof limits] = args.constraints[0] as number;
  }
  if (!rules.some(({ name }) => name === 'isInt')) return null;
  const { min, max } = limits;
  return (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

/** Asks the rules once for each text that they take. */
function rememberedText(asked: Field['holds']): Field['holds'] {
  const taken = new Set<unknown>();
  return (value, dto) => {
    if (taken.has(value)) return true;
    if (!asked(value, dto)) return false;
    if (typeof value !== 'string') return true;
    if (taken.size >= TEXTS_REMEMBERED) taken.clear();
    taken.add(value);
    return true;
  };
}

const allOf =
  (rules: readonly FieldRule[]): Field['holds'] =>
  (value, dto) =>
    rules.every(({ validate, args }) => {
      args.value = value;
      args.object = dto;
      return validate(value, args) === true;
    });
