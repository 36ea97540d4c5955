import { DEVICE_IDENTITIES } from '../device-access.js';
import { DEVICE_ID_FORMS, parseDeviceId } from '../device-id.js';
import { DEVICE_STATUSES } from '../device-status.js';
import { parseVersion } from '../firmware-version.js';
import {
  foldName,
  numberIn,
  TEXT_FIELDS,
  type Filter,
  type IdEnd,
  type IdRange,
  type Range,
  type TextField,
} from './filter.js';
import { USUAL_ATTRIBUTES } from './usual-attributes.js';
import { FilterFault, MAC_BEGINNING, type TermToken } from './tokens.js';

const ATTRIBUTE_KEY = /^[a-z][a-z0-9_]{0,31}$/;
const KEYS = [...TEXT_FIELDS, 'group', 'version', 'build', 'id', 'seen', 'attr.<name>', ...USUAL_ATTRIBUTES];
const RANGE = /^[<>]|\.\./;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };
const MAX_SECONDS = 100 * 365 * 86_400;
const ID_END = /^[0-9a-f]{2,8}$/i;
const MAC_BITS = 48;
const DECIMAL_BEGINNING = /^[1-9]\d{0,15}$/;
const VERSION_FORMS = 'a version such as 1.2.0, or a range such as >=1.2.0 or 1.2.0..1.2.9';

/** @throws FilterFault when the key or its value is none */
export function filterOfTerm(term: TermToken): Filter {
  const { key, value } = term;
  if (key === null) return beginning(term);
  if (value === '') throw faultOf(term, `a value after ${key}:`);
  if (isTextField(key)) return { kind: 'text', field: key, value: oneOfItsValues(term, key) };
  if (key === 'group') return { kind: 'group', name: foldName(value), place: term.valueAt + 1 };
  if (key === 'version') return versionOf(term);
  if (key === 'build') return { kind: 'build', range: wholeRange(term, wholeNumber, 'a build number', 0) };
  if (key === 'id' && value.startsWith('*')) return endOf(term);
  if (key === 'id') return { kind: 'id', range: wholeRange(term, parseDeviceId, DEVICE_ID_FORMS, 1) };
  if (key === 'seen') return { kind: 'seen', seconds: secondsOf(term) };
  const attribute = key.startsWith('attr.') ? key.slice('attr.'.length) : key;
  const isKnown = attribute !== key || USUAL_ATTRIBUTES.some((usual) => usual === attribute);
  if (isKnown && ATTRIBUTE_KEY.test(attribute)) return attributeOf(term, attribute);
  throw new FilterFault(term.at + 1, `one of ${KEYS.join(', ')}, or quotes around the word`, key);
}

const isTextField = (key: string): key is TextField => TEXT_FIELDS.some((field) => field === key);

/** Found is the value as it was written, with its quotes. */
const faultOf = ({ at, text, valueAt }: TermToken, expected: string): FilterFault =>
  new FilterFault(valueAt + 1, expected, text.slice(valueAt - at));

function oneOfItsValues(term: TermToken, field: TextField): string {
  const choices: Partial<Record<TextField, readonly string[]>> = {
    status: DEVICE_STATUSES,
    identity: DEVICE_IDENTITIES,
  };
  const known = choices[field];
  if (!known) return term.value;
  const value = term.value.toLowerCase();
  if (!known.includes(value)) throw faultOf(term, `one of ${known.join(', ')}`);
  return value;
}

function versionOf(term: TermToken): Filter {
  const isAlone = term.isQuoted || !RANGE.test(term.value);
  if (isAlone && parseVersion(term.value) === null) {
    if (!term.isQuoted && term.value.includes('*')) throw faultOf(term, VERSION_FORMS);
    return { kind: 'versionText', value: term.value };
  }
  const range = rangeOf(term, (text) => parseVersion(text)?.sortKey ?? null, 'a version such as 1.2.0');
  return { kind: 'version', range };
}

function attributeOf(term: TermToken, key: string): Filter {
  if (term.isQuoted || !RANGE.test(term.value)) return { kind: 'attribute', key, value: term.value };
  return { kind: 'attributeRange', key, range: rangeOf(term, numberIn, 'a number') };
}

/** `>5`, `>=5`, `<5`, `<=5`, `1..5`, `1..*`, `*..5`, or the value alone. */
function rangeOf<T extends string | number>(
  term: TermToken,
  read: (text: string) => T | null,
  expected: string,
): Range<T> {
  const value = (text: string): T => {
    const found = read(text);
    if (found === null) throw faultOf(term, `${expected}, or a range such as >5 or 1..5 of them`);
    return found;
  };
  const { comparison = '', limit = '' } =
    /^(?<comparison>[<>]=?)(?<limit>.+)$/s.exec(term.value)?.groups ?? {};
  if (comparison !== '') {
    const bound = { value: value(limit), isIncluded: comparison.endsWith('=') };
    return comparison.startsWith('>') ? { from: bound, to: null } : { from: null, to: bound };
  }
  const { first, last } = /^(?<first>.+?)\.\.(?<last>.+)$/s.exec(term.value)?.groups ?? {};
  if (first === undefined || last === undefined) {
    const bound = { value: value(term.value), isIncluded: true };
    return { from: bound, to: bound };
  }
  const end = (text: string): Range<T>['from'] =>
    text === '*' ? null : { value: value(text), isIncluded: true };
  const range = { from: end(first), to: end(last) };
  const isBackward = range.from !== null && range.to !== null && range.from.value > range.to.value;
  if (isBackward) throw faultOf(term, 'a range from the lower to the higher value');
  return range;
}

/** @param least value that there is; the most is 2^53-1 */
function wholeRange(
  term: TermToken,
  read: (text: string) => number | null,
  expected: string,
  least: number,
): Range<number> {
  const range = rangeOf(term, read, expected);
  const { from, to } = range;
  const isEmpty =
    (from !== null && !from.isIncluded && from.value === Number.MAX_SAFE_INTEGER) ||
    (to !== null && !to.isIncluded && to.value === least);
  if (isEmpty) throw faultOf(term, 'a range that holds a value');
  return range;
}

function wholeNumber(text: string): number | null {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(number) ? number : null;
}

function secondsOf(term: TermToken): number {
  const { count, unit = '' } = /^(?<count>\d{1,9})(?<unit>[smhdw])$/.exec(term.value)?.groups ?? {};
  const seconds = Number(count) * (UNIT_SECONDS[unit] ?? NaN);
  if (seconds > 0 && seconds <= MAX_SECONDS) return seconds;
  throw faultOf(term, 'a time such as 30m, 12h or 7d');
}

function beginning(term: TermToken): Filter {
  const { value } = term;
  if (value === '') throw faultOf(term, 'a word');
  return { kind: 'begins', name: foldName(value), ids: idsThatBegin(value) };
}

/**
 * The last digits, as they stand on a label: of a MAC address, and of the number if they are decimal. A range of ids that
 * begins anywhere, `*..5`, is none.
 */
function endOf(term: TermToken): Filter {
  if (RANGE.test(term.value))
    return { kind: 'id', range: wholeRange(term, parseDeviceId, DEVICE_ID_FORMS, 1) };
  const digits = term.value.slice(1).replace(/(?<=.)[:-](?=.)/g, '');
  if (!ID_END.test(digits))
    throw faultOf(term, '2 to 8 digits of an id or of a MAC address after the *, such as *7e51');
  const ends: IdEnd[] = [[16 ** digits.length, Number.parseInt(digits, 16)]];
  if (/^\d+$/.test(digits)) ends.push([10 ** digits.length, Number(digits)]);
  return { kind: 'idEnds', ends };
}

/** An id is written in decimal, or as a MAC address of which at least one byte and its colon are here. */
function idsThatBegin(text: string): IdRange[] {
  if (DECIMAL_BEGINNING.test(text)) return decimalRanges(Number(text));
  if (MAC_BEGINNING.test(text)) return [macRange(text)];
  const id = parseDeviceId(text);
  return id === null ? [] : [[id, id]];
}

/** 12, 120 to 129, 1200 to 1299, …: few ranges, which a database finds by an index. */
function decimalRanges(beginning: number): IdRange[] {
  const ranges: IdRange[] = [];
  for (let size = 1; beginning * size <= Number.MAX_SAFE_INTEGER; size *= 10) {
    ranges.push([beginning * size, Math.min(beginning * size + size - 1, Number.MAX_SAFE_INTEGER)]);
  }
  return ranges;
}

function macRange(text: string): IdRange {
  const digits = text.replace(/[:-]/g, '');
  const size = 2 ** (MAC_BITS - 4 * digits.length);
  const first = Number.parseInt(digits, 16) * size;
  return [first, first + size - 1];
}
