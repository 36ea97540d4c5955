/** Formats values for people. */

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Formats 327,920 bytes as `328 KB`: decimal units, three digits. */
export function bytes(count: number): string {
  const exponent = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), UNITS.length - 1);
  const value = count / 1000 ** exponent;
  const digits = exponent === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[exponent] ?? ''}`;
}

export const whole = (count: number): string => Math.round(count).toLocaleString('en-US');

/** Formats a count with its noun: `1 device`, `2,000 devices`. */
export const counted = (count: number, noun: string): string =>
  `${whole(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Formats seconds as `1:05` or `2:00:09`. */
export function clock(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
