import type { Json } from './audit-chain.js';
import { firstCodePoints, storableText } from './storable-text.js';

/** Longest text that is kept whole, in code points. */
export const MAX_KEPT_TEXT = 2_000;
/** Largest value that is kept whole, in UTF-16 units of its JSON. */
export const MAX_KEPT_JSON = 32_768;
/** Deeper lists and objects become an ellipsis. */
const MAX_DEPTH = 16;

/**
 * A value as PostgreSQL gives it back from a jsonb column, so that a hash over it holds, and of a bounded size: long texts
 * are cut, and of a value that is too large only the beginning is kept.
 */
export function storableJson(value: Json): Json {
  const kept = storable(value, 0);
  const text = JSON.stringify(kept);
  if (text.length <= MAX_KEPT_JSON) return kept;
  // The cut may go through a pair of surrogates.
  return { characters: text.length, beginning: storableText(text.slice(0, MAX_KEPT_TEXT)) };
}

/** Text as PostgreSQL can keep it, cut at a number of code points. */
export const boundedText = (text: string, count: number): string =>
  storableText(firstCodePoints(text, count));

function storable(value: Json, depth: number): Json {
  if (typeof value === 'string') return boundedText(value, MAX_KEPT_TEXT);
  // jsonb has neither a negative zero nor what is no number.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (value === null || typeof value === 'boolean') return value;
  if (depth >= MAX_DEPTH) return '…';
  if (isList(value)) return value.map((item) => storable(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [boundedText(key, MAX_KEPT_TEXT), storable(item, depth + 1)]),
  );
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
