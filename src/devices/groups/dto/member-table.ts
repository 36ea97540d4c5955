import { DEVICE_ID_FORMS, parseDeviceId } from '../../../domain/device-id.js';
import { quoted } from '../../../domain/quoted.js';
import { CsvLines } from '../../csv-lines.js';
import { MOST_FAULTS_LISTED, type FaultyLine } from '../../identity/dto/device-list.js';

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
const LONGEST_SHOWN = 60;
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
  private readonly csv = new CsvLines({
    delimiters: [',', ';'],
    take: (cells, line) => this.take(cells, line),
    lose: (line, fault) => void this.lose(line, fault),
  });

  constructor(private readonly maxMembers = MAX_MEMBERS) {}

  /** @returns false when the rest need not come */
  write(piece: Buffer): Promise<boolean> {
    return this.csv.write(piece);
  }

  async end(): Promise<MemberTable> {
    await this.csv.end();
    if (this.column === undefined && this.faults.length === 0) this.lose(1, NO_HEADER);
    return {
      deviceIds: this.deviceIds,
      faults: this.faults,
      lineOf: (deviceId) => this.lines[this.deviceIds.indexOf(deviceId)] ?? 0,
    };
  }

  private take(cells: readonly string[], line: number): boolean {
    if (this.column === undefined) {
      const column = cells.findIndex((cell) => ID_COLUMNS.includes(cell.trim()));
      if (column < 0) return this.lose(line, NO_HEADER);
      this.column = column;
      return true;
    }
    const text = cells[this.column] ?? '';
    const deviceId = parseDeviceId(text);
    if (deviceId === null) {
      this.faults.push({ line, fault: `The device_id ${shown(text)} must be ${DEVICE_ID_FORMS}.` });
      return this.faults.length < MOST_FAULTS_LISTED;
    }
    if (this.deviceIds.length === this.maxMembers) {
      return this.lose(line, `A group has at most ${this.maxMembers} members.`);
    }
    this.deviceIds.push(deviceId);
    this.lines.push(line);
    return true;
  }

  private lose(line: number, fault: string): false {
    this.faults.push({ line, fault });
    return false;
  }
}

const shown = (text: string): string =>
  quoted(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);
