/** A body whose JSON is written once and sent many times. To whoever serialises it, it is the value itself. */
export class PreparedJson<T> {
  /** Bytes of the text in UTF-8. */
  readonly byteLength: number;

  constructor(
    readonly text: string,
    byteLength = Buffer.byteLength(text),
  ) {
    this.byteLength = byteLength;
  }

  static of<T>(value: T): PreparedJson<T> {
    return new PreparedJson<T>(JSON.stringify(value));
  }

  toJSON(): T {
    return JSON.parse(this.text) as T;
  }
}
