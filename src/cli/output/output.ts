import type { Answer } from '../api/api-client.js';
import { setting } from '../environment.js';
import { columnsOf, type Io } from '../io.js';
import { styleFor, type Style } from './style.js';
import { printable, printableJson, wrap } from './text.js';
import { Times } from './times.js';
import { renderTsv } from './tsv.js';

export const FORMATS = ['table', 'tsv', 'json'] as const;
export type Format = (typeof FORMATS)[number];

interface OutputOptions {
  /** undefined: tables on a terminal, what the server sent elsewhere. */
  readonly format: Format | undefined;
  readonly isUtc: boolean;
}

/** Where a command prints: tables for a person on a terminal, what the server sent for a program. */
export class Output {
  readonly format: Format;
  readonly times: Times;
  /** Of stdout. */
  readonly style: Style;
  private readonly isTerminal: boolean;

  constructor(
    private readonly io: Io,
    { format, isUtc }: OutputOptions,
  ) {
    this.isTerminal = io.stdout.isTTY === true;
    this.format = format ?? (this.isTerminal ? 'table' : 'json');
    this.style = styleFor(io.stdout, io.env);
    this.times = new Times(() => io.now(), isUtc, io.timeZone);
  }

  /** Whether what is printed is for a person to read. */
  get isForPeople(): boolean {
    return this.format === 'table';
  }

  /** Whether a person looks on, so that something may be drawn again in the same place. */
  get isWatched(): boolean {
    return this.isForPeople && this.isTerminal && this.io.stderr.isTTY === true;
  }

  /** Columns of a line: those of the terminal; as many as it takes for a file, unless COLUMNS says otherwise. */
  get width(): number {
    if (this.isTerminal) return columnsOf(this.io.stdout);
    return Number(setting(this.io.env, 'COLUMNS')) || Infinity;
  }

  /**
   * @param render what a person is shown instead of the answer
   * @param fields the columns of `--format tsv`
   */
  show<T>(
    { text, body }: Pick<Answer<T>, 'text' | 'body'>,
    render: (body: T) => string,
    fields?: readonly string[],
  ): void {
    switch (this.format) {
      case 'table':
        this.line(render(body));
        break;
      case 'tsv':
        this.line(this.shown(renderTsv(Array.isArray(body) ? body : [body], fields)));
        break;
      case 'json':
        this.json(text);
    }
  }

  json(text: string): void {
    this.line(this.isTerminal ? printableJson(text) : text);
  }

  line(text: string): void {
    this.io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Beside the result, for people only. */
  note(text: string): void {
    if (this.isForPeople) this.aside(text);
  }

  /** Beside the result, for people and for the log of a pipeline. */
  warn(text: string): void {
    this.aside(text, `${styleFor(this.io.stderr, this.io.env)('yellow', 'Warning:')} `, 'Warning: '.length);
  }

  private aside(text: string, before = '', indent = 0): void {
    const { stderr } = this.io;
    const width = stderr.isTTY === true ? columnsOf(stderr) - indent : Infinity;
    stderr.write(`${before}${wrap(printable(text), width).join(`\n${' '.repeat(indent)}`)}\n`);
  }

  private shown(tsv: string): string {
    if (!this.isTerminal) return tsv;
    return tsv
      .split('\n')
      .map((line) => line.split('\t').map(printable).join('\t'))
      .join('\n');
  }
}
