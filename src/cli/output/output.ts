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
  /** undefined: tables on a terminal, JSON otherwise. */
  readonly format: Format | undefined;
  readonly isUtc: boolean;
}

/** The output of a command: tables for a person on a terminal, the server's JSON for a program. */
export class Output {
  readonly format: Format;
  readonly times: Times;
  /** True if the format was chosen on the command line. */
  readonly isChosen: boolean;
  /** The style of stdout. */
  readonly style: Style;
  private readonly isTerminal: boolean;

  constructor(
    private readonly io: Io,
    { format, isUtc }: OutputOptions,
  ) {
    this.isTerminal = io.stdout.isTTY === true;
    this.isChosen = format !== undefined;
    this.format = format ?? (this.isTerminal ? 'table' : 'json');
    this.style = styleFor(io.stdout, io.env);
    this.times = new Times(() => io.now(), isUtc, io.timeZone);
  }

  /** True if the output is for people. */
  get isForPeople(): boolean {
    return this.format === 'table';
  }

  /** True if a person is watching, so that output may be redrawn in place. */
  get isWatched(): boolean {
    return this.isForPeople && this.isTerminal && this.io.stderr.isTTY === true;
  }

  /** Width of a line: that of the terminal; otherwise COLUMNS, or unlimited. */
  get width(): number {
    if (this.isTerminal) return columnsOf(this.io.stdout);
    return Number(setting(this.io.env, 'COLUMNS')) || Infinity;
  }

  /**
   * @param render renders the response for people
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

  /** Shows a response as sentences, wrapped at the width of the terminal. */
  say<T>(answer: Pick<Answer<T>, 'text' | 'body'>, sentences: (body: T) => string): void {
    this.show(answer, (body) => wrap(printable(sentences(body)), this.width).join('\n'));
  }

  /** Shows a secret alone on stdout, so that it can be piped; in a format that was chosen, what the server sent. */
  showSecret<T>(answer: Pick<Answer<T>, 'text' | 'body'>, secret: string): void {
    if (this.isChosen && !this.isForPeople) this.show(answer, () => secret);
    else this.line(secret);
  }

  json(text: string): void {
    this.line(this.isTerminal ? printableJson(text) : text);
  }

  line(text: string): void {
    this.io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Prints a note on stderr, for people only. */
  note(text: string): void {
    if (this.isForPeople) this.aside(text);
  }

  /** Prints a warning on stderr, for people and for the log of a pipeline. */
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
