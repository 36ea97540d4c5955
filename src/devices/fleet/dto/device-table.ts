import {
  faultsOfChange,
  readAttribute,
  toDeviceChange,
  type DeviceChange,
  type GivenChange,
} from '../../../domain/device-change.js';
import { isAttribute, type Attribute } from '../../../domain/device-facts.js';
import { DEVICE_ID_FORMS, parseDeviceId } from '../../../domain/device-id.js';
import { quoted } from '../../../domain/quoted.js';
import { firstCodePoints } from '../../../domain/storable-text.js';
import { CsvLines } from '../../csv-lines.js';
import { MAX_LISTED_DEVICES, type FaultyLine } from '../../identity/dto/device-list.js';
import { CSV_COLUMNS, fromCell } from './device-csv.js';

/** A line of a table that changes devices. */
export interface ListedChange {
  /** Of the text, from 1. */
  readonly line: number;
  readonly deviceId: number;
  readonly change: DeviceChange;
  /** All that it is to have, as an export shows them: its own under those of operators. */
  readonly shown?: Readonly<Record<string, Attribute>>;
}

/** All of the lines, or all that is wrong. */
export interface DeviceTable {
  readonly changes: readonly ListedChange[];
  readonly faults: readonly FaultyLine[];
}

const ID_COLUMNS = ['device_id', 'id'];
const TEXT_COLUMNS = ['name', 'channel', 'notes'] as const;
/** What an export has beside what can be changed. */
const IGNORED: readonly string[] = CSV_COLUMNS.filter(
  (name) =>
    name !== 'device_id' &&
    name !== 'tags' &&
    name !== 'attributes' &&
    !TEXT_COLUMNS.some((text) => text === name),
);
const ATTRIBUTE = /^attr\.[a-z][a-z0-9_]{0,31}$/;
const LONGEST_SHOWN = 60;

/** More than an export has, with as many attributes as a device may have. */
const MAX_COLUMNS = 60;

/**
 * Reads a table of devices as spreadsheets save it, with the columns that an export has, or some of them. A column that is
 * there is set as it stands in the cell, and an empty cell clears; what has no column stays as it is.
 */
export async function readDeviceTable(csv: string): Promise<DeviceTable> {
  const reader = new DeviceTableReader();
  // One that separates by semicolons has no commas in its header.
  const [first = ''] = csv.split(/[\r\n]/, 1);
  const lines = new CsvLines({
    delimiters: [first.includes(',') ? ',' : ';'],
    take: (cells, line) => reader.take(cells, line),
    lose: (line, fault) => void reader.refuse([{ line, fault }]),
  });
  await lines.write(Buffer.from(csv.replaceAll('\r\n', '\n')));
  await lines.end();
  return reader.end();
}

class DeviceTableReader {
  private readonly changes: ListedChange[] = [];
  private readonly firstLineOf = new Map<number, number>();
  private faults: FaultyLine[] = [];
  private columns: readonly string[] | undefined;
  private rows = 0;

  /** @returns false when the rest need not be read */
  take(cells: readonly string[], line: number): boolean {
    if (this.columns) return this.takeRow(this.columns, cells, line);
    if (cells.length > MAX_COLUMNS) {
      return this.refuse([
        { line, fault: `There are ${cells.length} columns; a table has at most ${MAX_COLUMNS}.` },
      ]);
    }
    this.columns = cells.map((cell) => cell.trim());
    const faults = faultsOfHeader(this.columns);
    return faults.length === 0 || this.refuse(faults.map((fault) => ({ line, fault })));
  }

  /** For these reasons alone: what was wrong before counts no more. */
  refuse(faults: FaultyLine[]): false {
    this.faults = faults;
    return false;
  }

  end(): DeviceTable {
    if (this.faults.length === 0) {
      if (!this.columns) this.refuse([{ line: 1, fault: 'The table is empty.' }]);
      else if (this.rows === 0) this.refuse([{ line: 1, fault: 'The table has no devices.' }]);
    }
    return { changes: this.faults.length === 0 ? this.changes : [], faults: this.faults };
  }

  private takeRow(columns: readonly string[], cells: readonly string[], line: number): boolean {
    this.rows++;
    if (this.rows > MAX_LISTED_DEVICES) {
      return this.refuse([{ line, fault: `A table has at most ${MAX_LISTED_DEVICES} devices.` }]);
    }
    const fault = (text: string): void => void this.faults.push({ line, fault: text });
    if (cells.length !== columns.length) {
      fault(`It has ${cells.length} values instead of ${columns.length}.`);
      return true;
    }
    const byName = new Map(columns.map((name, index) => [name, (cells[index] ?? '').trim()]));
    const id = byName.get('device_id') ?? byName.get('id') ?? '';
    const deviceId = parseDeviceId(id);
    if (deviceId === null) fault(`The id ${shown(id)} must be ${DEVICE_ID_FORMS}.`);
    const first = deviceId === null ? undefined : this.firstLineOf.get(deviceId);
    if (first !== undefined) fault(`The device ${deviceId} stands in line ${first} already.`);
    const given = givenOf(byName);
    const shownAttributes = shownOf(byName.get('attributes'));
    if (shownAttributes === null)
      fault('attributes must be a JSON object of attributes, as an export has it.');
    for (const [field, what] of Object.entries(faultsOfChange(given))) fault(`${field} ${what}.`);
    if (deviceId === null || first !== undefined) return true;
    this.firstLineOf.set(deviceId, line);
    this.changes.push({
      line,
      deviceId,
      change: toDeviceChange(given),
      ...(shownAttributes && { shown: shownAttributes }),
    });
    return true;
  }
}

function faultsOfHeader(columns: readonly string[]): string[] {
  const unknown = columns.filter((name) => !isColumn(name));
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  return [
    ...unknown.map(
      (name) => `There is no column ${shown(name)}: there are id, name, tags, channel, notes and attr.<key>.`,
    ),
    ...(twice === undefined ? [] : [`The column ${shown(twice)} stands twice.`]),
    ...(ID_COLUMNS.filter((name) => columns.includes(name)).length === 1
      ? []
      : ['There must be one column id or device_id.']),
    ...(columns.some((name) => isColumn(name) && !ID_COLUMNS.includes(name) && !IGNORED.includes(name))
      ? []
      : ['There must be a column of what is to be changed: name, tags, channel, notes or attr.<key>.']),
  ];
}

const isColumn = (name: string): boolean =>
  ID_COLUMNS.includes(name) ||
  name === 'tags' ||
  name === 'attributes' ||
  TEXT_COLUMNS.some((text) => text === name) ||
  ATTRIBUTE.test(name) ||
  IGNORED.includes(name);

function givenOf(byName: ReadonlyMap<string, string>): GivenChange {
  const attributes = [...byName].filter(([name]) => ATTRIBUTE.test(name));
  const texts = TEXT_COLUMNS.filter((name) => byName.has(name));
  const tags = byName.get('tags');
  return {
    ...Object.fromEntries(texts.map((name) => [name, fromCell(byName.get(name) ?? '') || null])),
    ...(tags !== undefined && { tags: tags.split(/\s+/).filter((tag) => tag !== '') }),
    ...(attributes.length > 0 && {
      attributes: Object.fromEntries(
        attributes.map(([name, text]) => [name.slice('attr.'.length), readAttribute(fromCell(text))]),
      ),
    }),
  };
}

/** @returns undefined without the column, null for what is no object of attributes */
function shownOf(cell: string | undefined): ListedChange['shown'] | null {
  if (cell === undefined || cell === '') return cell === undefined ? undefined : {};
  try {
    const value: unknown = JSON.parse(cell);
    const isRight =
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.entries(value).every(isAttribute);
    return isRight ? (value as Readonly<Record<string, Attribute>>) : null;
  } catch {
    return null;
  }
}

const shown = (text: string): string =>
  quoted(text.length > LONGEST_SHOWN ? `${firstCodePoints(text, LONGEST_SHOWN)}…` : text);
