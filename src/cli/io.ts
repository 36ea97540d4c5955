import type { Environment } from './environment.js';
import type { Interruption } from './interruption.js';

/** An output stream that may be a terminal. */
export interface Screen extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  /** The width of the terminal; 0 if the terminal does not know it. */
  readonly columns?: number;
}

/** An input stream that may be a keyboard. */
export interface Keyboard extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  destroy?(): unknown;
}

/** Everything through which a run of the command interacts with its environment, so that tests can run it in-process. */
export interface Io {
  readonly stdin: Keyboard;
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly env: Environment;
  /** The version of the command. */
  readonly version: string;
  readonly interruption: Interruption;
  /** An IANA time zone name; undefined: the machine's time zone. */
  readonly timeZone?: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits for the given time; rejects when the command is interrupted. */
  sleep(ms: number): Promise<void>;
}

/** The width of a terminal in columns; 80 if the terminal does not know it. */
export const columnsOf = ({ columns }: Screen): number =>
  columns === undefined || columns === 0 ? 80 : columns;
