/** A body that is serialized once and sent many times. JSON.stringify takes it for the value itself. */
export class SerializedJson<T> {
  /** Bytes of the text in UTF-8. */
  readonly byteLength: number;

  constructor(
    readonly text: string,
    byteLength = Buffer.byteLength(text),
  ) {
    this.byteLength = byteLength;
  }

  static of<T>(value: T): SerializedJson<T> {
    return new SerializedJson<T>(JSON.stringify(value));
  }

  /** The same object with one number more. */
  with(name: string, value: number): SerializedJson<T> {
    const more = `,"${name}":${value}}`;
    return new SerializedJson<T>(this.text.slice(0, -1) + more, this.byteLength - 1 + more.length);
  }

  toJSON(): T {
    return JSON.parse(this.text) as T;
  }
}
