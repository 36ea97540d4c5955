import type { Environment } from './environment.js';
import type { Interruption } from './interruption.js';

/** Something to write to, which may be a terminal. */
export interface Screen extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  /** Of a terminal; 0 on one that does not know its size. */
  readonly columns?: number;
}

/** Something to read from, which may be a keyboard. */
export interface Keyboard extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  destroy?(): unknown;
}

/** All that a run of the command shares with the world around it, so that tests can run it within their own process. */
export interface Io {
  readonly stdin: Keyboard;
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly env: Environment;
  /** Of the command. */
  readonly version: string;
  readonly interruption: Interruption;
  /** An IANA name; undefined: that of this machine. */
  readonly timeZone?: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits for so many milliseconds; rejects when the command is interrupted. */
  sleep(ms: number): Promise<void>;
}

/** Columns of a terminal, of which some do not know their size. */
export const columnsOf = ({ columns }: Screen): number =>
  columns === undefined || columns === 0 ? 80 : columns;
