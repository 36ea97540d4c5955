import {
  PLAIN_NUMBER,
  numberIn,
  type IdRange,
  type Range,
  type ResolvedFilter,
  type TextField,
} from '../../domain/filter/filter.js';

/** What a filter asks of, in SQL. */
export interface FilterableRow {
  /** A comparison fails where the value is null. */
  column(name: FilterColumn): string;
  /** The operator's before the device's own, as jsonb. @param key SQL */
  attribute(key: string): string;
  /** Whether the device is a member. @param groupId SQL */
  isMember(groupId: string): string;
  /** When it is now, as timestamptz. */
  readonly now: string;
  /** Takes a value along with the statement. @returns its place in the SQL */
  parameter(value: unknown, type: string): string;
}

export type FilterColumn =
  | 'id'
  | 'foldedName'
  | 'deviceType'
  | 'version'
  | 'versionSortKey'
  | 'build'
  | 'channel'
  | 'tags'
  | 'status'
  | 'identity'
  | 'lastSeenAt';

const COLUMN_OF: Readonly<Record<Exclude<TextField, 'tag'>, FilterColumn>> = {
  type: 'deviceType',
  channel: 'channel',
  status: 'status',
  identity: 'identity',
};

/**
 * A filter as a condition, the second evaluation beside `matches`. As anywhere in SQL, null is as good as false: only the
 * contrary of a condition must know, and takes what is not true. So each condition stays one that an index may serve.
 * Nothing of the filter's text is in the SQL.
 */
export function filterSql(filter: ResolvedFilter, row: FilterableRow): string {
  switch (filter.kind) {
    case 'all':
      return joined(filter.of, 'AND', 'true', row);
    case 'any':
      return joined(filter.of, 'OR', 'false', row);
    case 'not':
      return `(${filterSql(filter.of, row)} IS NOT TRUE)`;
    case 'text': {
      const value = row.parameter(filter.value, 'text');
      if (filter.field === 'tag') return `(${value} = ANY(${row.column('tags')}))`;
      return `(${row.column(COLUMN_OF[filter.field])} = ${value})`;
    }
    case 'version': {
      const key = row.column('versionSortKey');
      return `(${key} > '' AND ${within(key, filter.range, 'text', row)})`;
    }
    case 'versionText':
      return `(${row.column('version')} = ${row.parameter(filter.value, 'text')})`;
    case 'build':
      return within(row.column('build'), filter.range, 'bigint', row);
    case 'id':
      return within(row.column('id'), filter.range, 'bigint', row);
    case 'idEnds': {
      const ends = filter.ends.map(
        ([size, rest]) =>
          `${row.column('id')} % ${row.parameter(size, 'bigint')} = ${row.parameter(rest, 'bigint')}`,
      );
      return `(${ends.join(' OR ')})`;
    }
    case 'seen': {
      const seconds = row.parameter(filter.seconds, 'double precision');
      return `(${row.column('lastSeenAt')} >= ${row.now} - ${seconds} * interval '1 second')`;
    }
    case 'attribute':
      return attributeEquals(row.attribute(row.parameter(filter.key, 'text')), filter.value, row);
    case 'attributeRange': {
      const number = numberOf(row.attribute(row.parameter(filter.key, 'text')));
      return within(number, filter.range, 'double precision', row);
    }
    case 'begins': {
      const name = `starts_with(${row.column('foldedName')}, ${row.parameter(filter.name, 'text')})`;
      return `(${[name, ...rangesOfIds(filter.ids, row)].join(' OR ')})`;
    }
    case 'member':
      return row.isMember(row.parameter(filter.groupId, 'bigint'));
  }
}

const joined = (
  parts: readonly ResolvedFilter[],
  word: 'AND' | 'OR',
  ofNone: string,
  row: FilterableRow,
): string =>
  parts.length === 0 ? ofNone : `(${parts.map((part) => filterSql(part, row)).join(` ${word} `)})`;

function within<T>(value: string, { from, to }: Range<T>, type: string, row: FilterableRow): string {
  const ends = [
    ...(from ? [`${value} ${from.isIncluded ? '>=' : '>'} ${row.parameter(from.value, type)}`] : []),
    ...(to ? [`${value} ${to.isIncluded ? '<=' : '<'} ${row.parameter(to.value, type)}`] : []),
  ];
  // Whatever has a value is within a range that is open on both sides.
  return ends.length === 0 ? `(${value} IS NOT NULL)` : `(${ends.join(' AND ')})`;
}

/** The ends of all of them in one parameter: digits begin ids in as many ranges as an id has digits more. */
function rangesOfIds(ranges: readonly IdRange[], row: FilterableRow): readonly string[] {
  if (ranges.length === 0) return [];
  const id = row.column('id');
  const ends = row.parameter(ranges.flat(), 'bigint[]');
  const end = (nth: number): string => `(${ends})[${nth}]`;
  return ranges.map((_range, nth) => `(${id} BETWEEN ${end(2 * nth + 1)} AND ${end(2 * nth + 2)})`);
}

/** A number equals what reads as the same number; everything else is compared as text. */
function attributeEquals(attribute: string, text: string, row: FilterableRow): string {
  const asText = `${attribute} #>> '{}' = ${row.parameter(text, 'text')}`;
  const number = numberIn(text);
  const asNumber =
    number === null
      ? 'false'
      : `${attribute}::double precision = ${row.parameter(number, 'double precision')}`;
  return `(CASE jsonb_typeof(${attribute}) WHEN 'number' THEN ${asNumber} ELSE ${asText} END)`;
}

const numberOf = (attribute: string): string => {
  const text = `${attribute} #>> '{}'`;
  const ofText = `CASE WHEN ${text} ~ '^${PLAIN_NUMBER}$' THEN (${text})::double precision END`;
  return `(CASE jsonb_typeof(${attribute}) WHEN 'number' THEN ${attribute}::double precision WHEN 'string' THEN ${ofText} END)`;
};
