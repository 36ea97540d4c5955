/** Bytes of a file, both ends included, as RFC 9110 §14.1.2 counts them. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type RequestedBytes =
  { readonly kind: 'whole' } | ({ readonly kind: 'part' } & ByteRange) | { readonly kind: 'unsatisfiable' };

const WHOLE: RequestedBytes = { kind: 'whole' };
const SINGLE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * What a Range header asks for. One that is malformed, of another unit or of several ranges is ignored, as RFC 9110
 * §14.2 allows: the whole file is then the answer.
 * @param size of the file, in bytes
 */
export function requestedBytes(header: string | undefined, size: number): RequestedBytes {
  if (header === undefined) return WHOLE;
  const [, first = '', last = ''] = SINGLE_RANGE.exec(header) ?? [];
  if (first === '' && last === '') return WHOLE;
  if (first === '') return tail(Number(last), size);

  const [start, end] = [Number(first), last === '' ? Infinity : Number(last)];
  if (end < start) return WHOLE;
  if (start >= size) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end: Math.min(end, size - 1) };
}

function tail(length: number, size: number): RequestedBytes {
  if (length === 0 || size === 0) return { kind: 'unsatisfiable' };
  return { kind: 'part', start: Math.max(size - length, 0), end: size - 1 };
}
