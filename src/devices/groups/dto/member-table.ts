import { finished } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { DEVICE_ID_FORMS, parseDeviceId } from '../../../domain/device-id.js';
import { quoted } from '../../../domain/quoted.js';
import type { FaultyLine } from '../../identity/dto/device-list.js';

export interface MemberTable {
  readonly deviceIds: readonly number[];
  /** What is wrong with it; of very many the first. */
  readonly faults: readonly FaultyLine[];
  /** Of the text, from 1. */
  readonly lineOf: (deviceId: number) => number;
}

/** As many as a group may have. */
const MAX_MEMBERS = 1_000_000;
const ID_COLUMNS = ['device_id', 'id'];
const MOST_FAULTS = 100;
const LONGEST_SHOWN = 60;
/** Longest line, in bytes. */
const LONGEST_LINE = 65_536;
const NO_HEADER = 'There must be a header with a column device_id.';

/**
 * Reads a table with a column of device ids while it arrives, as spreadsheets save it and as the list of devices is
 * exported: other columns are passed over. A device may stand in several lines.
 */
export class MemberTableReader {
  private readonly deviceIds: number[] = [];
  private readonly lines: number[] = [];
  private readonly faults: FaultyLine[] = [];
  private column: number | undefined;
  private readonly parser = parse({
    bom: true,
    delimiter: [',', ';'],
    max_record_size: LONGEST_LINE,
    relax_column_count: true,
    skip_empty_lines: true,
    on_record: (cells: readonly string[], { lines }) => {
      this.take(cells, lines);
      return null;
    },
  });
  /** Enough is known to refuse the table. */
  private isLost = false;

  constructor(private readonly maxMembers = MAX_MEMBERS) {
    this.parser.on('error', (error) => {
      this.lose(lineOf(error), 'The quotes are not closed, or the line is longer than any of a table.');
    });
    this.parser.resume();
  }

  /** @returns false when the rest need not come */
  write(chunk: Buffer): boolean {
    if (!this.isLost) this.parser.write(chunk);
    return !this.isLost;
  }

  async end(): Promise<MemberTable> {
    if (!this.isLost) await finished(this.parser.end()).catch(() => undefined);
    if (this.column === undefined) this.lose(1, NO_HEADER);
    return {
      deviceIds: this.deviceIds,
      faults: this.faults,
      lineOf: (deviceId) => this.lines[this.deviceIds.indexOf(deviceId)] ?? 0,
    };
  }

  private take(cells: readonly string[], line: number): void {
    if (this.isLost) return;
    if (this.column === undefined) {
      const column = cells.findIndex((cell) => ID_COLUMNS.includes(cell.trim()));
      if (column >= 0) this.column = column;
      else this.lose(line, NO_HEADER);
      return;
    }
    const text = cells[this.column] ?? '';
    const deviceId = parseDeviceId(text);
    if (deviceId === null) {
      this.faults.push({ line, fault: `The device_id ${shown(text)} must be ${DEVICE_ID_FORMS}.` });
      this.isLost = this.faults.length >= MOST_FAULTS;
    } else if (this.deviceIds.length === this.maxMembers) {
      this.lose(line, `A group has at most ${this.maxMembers} members.`);
    } else {
      this.deviceIds.push(deviceId);
      this.lines.push(line);
    }
  }

  private lose(line: number, fault: string): void {
    if (this.isLost) return;
    this.isLost = true;
    this.faults.push({ line, fault });
  }
}

/** The parser says where it was. */
const lineOf = (error: Error): number => Number((error as { lines?: unknown }).lines ?? 1);

const shown = (text: string): string =>
  quoted(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);
