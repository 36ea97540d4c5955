import type { Answer } from '../api/api-client.js';

/** Where a command prints: tables for a person on a terminal, what the server sent for a program. */
export class Output {
  constructor(
    readonly isForPeople: boolean,
    private readonly stdout: NodeJS.WriteStream = process.stdout,
    private readonly stderr: NodeJS.WriteStream = process.stderr,
  ) {}

  /** Columns of the terminal. */
  get width(): number {
    return this.stdout.columns || 80;
  }

  /** @param render what a person is shown instead */
  show<T>(answer: Answer<T>, render: (body: T) => string): void {
    this.line(this.isForPeople ? render(answer.body) : answer.text);
  }

  line(text: string): void {
    this.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Beside the result, for people only. */
  note(text: string): void {
    if (this.isForPeople) this.stderr.write(`${text}\n`);
  }
}
