const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Older times are shown as dates. */
const AGES_UP_TO = 60 * DAY;

/** Formats the server's times, which are ISO 8601 in UTC, for people. */
export class Times {
  constructor(
    /** Milliseconds since 1970. */
    private readonly now: () => number,
    private readonly isUtc: boolean,
    /** undefined: the machine's time zone. */
    private readonly timeZone: string | undefined,
  ) {}

  /** Formats as `2026-01-31 13:00:00 +01:00`, or `2026-01-31 12:00:00 UTC` with --utc; null is empty. */
  full(iso: string | null): string {
    if (iso === null) return '';
    const timeZone = this.isUtc ? 'UTC' : this.timeZone;
    const parts = new Intl.DateTimeFormat('en-US', { ...PARTS, timeZone }).formatToParts(new Date(iso));
    const part = (type: Intl.DateTimeFormatPartTypes): string =>
      parts.find((candidate) => candidate.type === type)?.value ?? '';
    const date = `${part('year')}-${part('month')}-${part('day')}`;
    const time = `${part('hour')}:${part('minute')}:${part('second')}`;
    return `${date} ${time} ${this.isUtc ? 'UTC' : offset(part('timeZoneName'))}`;
  }

  /** Formats as `3 min ago`; old times as a date; with --utc as `2026-01-31 12:00:00Z`. null is empty. */
  age(iso: string | null): string {
    if (iso === null || this.isUtc) return this.full(iso).replace(' UTC', 'Z');
    const seconds = Math.floor((this.now() - Date.parse(iso)) / 1000);
    if (seconds >= AGES_UP_TO) return this.full(iso).slice(0, 10);
    // The clocks of two machines differ slightly.
    if (seconds < 5) return 'just now';
    if (seconds < MINUTE) return `${seconds} s ago`;
    if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
    if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ago`;
    const days = Math.floor(seconds / DAY);
    return days === 1 ? '1 day ago' : `${days} days ago`;
  }

  /** Formats as the full time, followed by the age in parentheses unless --utc is given. */
  fullWithAge(iso: string | null): string {
    if (iso === null) return '';
    return this.isUtc ? this.full(iso) : `${this.full(iso)} (${this.age(iso)})`;
  }
}

const PARTS: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'longOffset',
};

/** Converts `GMT+01:00` to `+01:00`; `GMT` alone and `GMT+00:00` become UTC. */
const offset = (name: string): string => (/^GMT(\+00:00)?$/.test(name) ? 'UTC' : name.replace('GMT', ''));
