import type { Json } from '../../domain/audit-chain.js';
import { CHANGE_FIELDS, type OperatorFacts } from '../../domain/device-change.js';
import type { LabelChange } from '../record/device-description.repository.js';

/* What the audit log says of what operators say of devices, by the names that the API has for it. */

export const describedOnRecord = ({ name, channel, tags, attributes, notes }: OperatorFacts): Json => ({
  name,
  channel,
  tags: [...tags],
  attributes: { ...attributes },
  notes,
});

/** @returns the fields that differ, as they were and as they are; null when none does */
export function changeOnRecord(
  before: OperatorFacts,
  after: OperatorFacts,
): { readonly before: Json; readonly after: Json } | null {
  const names = CHANGE_FIELDS.filter((name) => !isSame(before[name], after[name]));
  const only = (facts: OperatorFacts): Json => {
    const all = describedOnRecord(facts) as Readonly<Record<string, Json>>;
    return Object.fromEntries(names.map((name) => [name, all[name] ?? null]));
  };
  return names.length === 0 ? null : { before: only(before), after: only(after) };
}

/** The database keeps the keys of an object in another order. */
const isSame = (one: unknown, other: unknown): boolean => textOf(one) === textOf(other);

const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : JSON.stringify(value);

/** Of one change of many devices. */
interface BulkChange {
  readonly q: string;
  readonly expect: number;
  readonly labels: LabelChange | null;
  readonly isBlocked: boolean | null;
}

export const bulkOnRecord = ({ q, expect, labels, isBlocked }: BulkChange): Json => {
  const { addTags = [], removeTags = [], channel = null } = labels ?? {};
  return {
    q,
    devices: expect,
    ...(addTags.length > 0 && { add_tags: addTags }),
    ...(removeTags.length > 0 && { remove_tags: removeTags }),
    ...(channel !== null && { channel }),
    ...(isBlocked !== null && { is_blocked: isBlocked }),
  };
};
