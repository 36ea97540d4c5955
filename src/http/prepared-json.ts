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

  /** The same object with one number more. */
  with(name: string, value: number): PreparedJson<T> {
    const more = `,"${name}":${value}}`;
    return new PreparedJson<T>(this.text.slice(0, -1) + more, this.byteLength - 1 + more.length);
  }

  toJSON(): T {
    return JSON.parse(this.text) as T;
  }
}
