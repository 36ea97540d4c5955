/** A MAC address; without separators only when no decimal number is written like it. */
const MAC = /^(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?=\d*[a-f])[0-9a-f]{12})$/i;

/** A value that the rules of its field refuse. */
export interface RefusedField {
  readonly field: string;
  readonly value: unknown;
  /** Messages of class-validator for the rules that do not hold, by their names. */
  readonly broken: Readonly<Record<string, string>>;
  /** Whether it came from JSON, where numbers and texts differ, not from a query, a path or a form. */
  readonly isJson: boolean;
}

/** Says in one sentence what is wrong: the type first, since no other rule makes sense before it is right. */
export function violationOf({ field, value, broken, isJson }: RefusedField): string {
  if (value === undefined) return `${field} is missing`;
  if ('isInt' in broken) return wholeNumberViolation(field, value, isJson);
  if ('isBoolean' in broken) return `${field} must be true or false${isJson ? notA(value) : ''}`;
  if ('isIn' in broken) return broken['isIn'] ?? '';
  const range = broken['min'] ?? broken['max'];
  if (range !== undefined) return range;
  if (typeof value !== 'string' && !(value instanceof Date))
    return `${field} must be a text in quotes${notA(value)}`;
  return broken['isDate'] ?? Object.values(broken)[0] ?? `${field} is not valid`;
}

function wholeNumberViolation(field: string, value: unknown, isJson: boolean): string {
  const rule = `${field} must be a whole number`;
  if (!isJson || typeof value !== 'string') return isJson ? rule + notA(value) : rule;
  if (/^-?\d{1,15}$/.test(value)) return `${rule}: send ${value} without quotes`;
  if (!MAC.test(value)) return `${rule}${notA(value)}`;
  const number = Number.parseInt(value.replace(/[:-]/g, ''), 16);
  return `${rule}: send the MAC address ${value} as ${number}`;
}

function notA(value: unknown): string {
  if (value === null) return ', not null';
  if (typeof value === 'string') return ', not a text';
  if (typeof value === 'number') return Number.isInteger(value) ? ', not a number' : `, not ${value}`;
  return typeof value === 'boolean' ? `, not ${value}` : '';
}
