const WHOLE = new Intl.NumberFormat('en');

/** @returns such as "7,187" */
export const count = (value: number): string => WHOLE.format(value);

/** @returns such as "1 device" and "7,187 devices" */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** @returns such as "72 %", "8.6 %", "<0.1 %"; "0 %" of nothing */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  const value = (part / whole) * 100;
  if (value < 0.1) return '<0.1 %';
  if (value > 99.9 && part < whole) return '>99.9 %';
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`;
}

/** @returns such as "132.0 KiB" */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(Math.floor(Math.log2(value) / 10), units.length);
  return `${(value / 1024 ** step).toFixed(step > 1 ? 2 : 1)} ${units[step - 1]}`;
}
