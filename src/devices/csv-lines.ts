import { setImmediate as nextTurn } from 'node:timers/promises';
import { finished } from 'node:stream/promises';
import { parse } from 'csv-parse';

export interface CsvTaker {
  /** Any of these. */
  readonly delimiters: readonly string[];
  /**
   * @param line of the text, from 1: the last of the record's
   * @returns false when enough is known to refuse the table
   */
  readonly take: (cells: readonly string[], line: number) => boolean;
  /** Called at most once, and last. */
  readonly lose: (line: number, fault: string) => void;
}

/** Longest record, in bytes. */
const LONGEST_RECORD = 65_536;
/** Bytes that are read in one turn: some hundreds of the shortest lines, which take some milliseconds. */
const SLICE = 1_024;
const NO_CSV =
  'The quotes are not those of a CSV table: one is not closed, or the line is longer than any of one.';

/**
 * Reads the records of a CSV table, in slices, between which the event loop has a turn each: a large table is slow to read,
 * and devices check meanwhile. What comes after the table is refused is not read.
 */
export class CsvLines {
  private isOver = false;
  private readonly parser;

  constructor(private readonly taker: CsvTaker) {
    const { delimiters, take } = taker;
    this.parser = parse({
      bom: true,
      delimiter: [...delimiters],
      max_record_size: LONGEST_RECORD,
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (cells: readonly string[], { lines }) => {
        if (!this.isOver) this.isOver = !take(cells, lines);
        return null;
      },
    });
    this.parser.on('error', (error) => {
      if (!this.isOver) this.taker.lose(lineOf(error), NO_CSV);
      this.isOver = true;
    });
    this.parser.resume();
  }

  /** @returns false when the rest need not come */
  async write(piece: Buffer): Promise<boolean> {
    for (let at = 0; at < piece.length && !this.isOver; at += SLICE) {
      this.parser.write(piece.subarray(at, at + SLICE));
      await nextTurn();
    }
    return !this.isOver;
  }

  async end(): Promise<void> {
    if (!this.isOver) await finished(this.parser.end()).catch(() => undefined);
  }
}

/** The parser says where it was. */
const lineOf = (error: Error): number => Number((error as { lines?: unknown }).lines ?? 1);
