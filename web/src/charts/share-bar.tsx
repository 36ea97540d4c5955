import { classes } from '../ui/classes';

export interface Share {
  readonly key: string;
  readonly value: number;
  /** `bg-ok`, or a shade such as `bg-accent/55`. */
  readonly color: string;
}

interface ShareBarProps {
  /** The whole finding as a sentence: the bar is one picture for whoever does not see it. */
  readonly label: string;
  readonly shares: readonly Share[];
  /** What is not in the shares stays empty. */
  readonly total: number;
  readonly thick?: boolean;
}

/** Parts of a whole in a row. A part of which there is any is seen, however small. */
export function ShareBar({ label, shares, total, thick = false }: ShareBarProps) {
  return (
    <div
      role="img"
      aria-label={label}
      className={classes(
        'flex w-full gap-px overflow-hidden rounded-full bg-sunken',
        thick ? 'h-2.5' : 'h-1.5',
      )}
    >
      {shares
        .filter(({ value }) => value > 0)
        .map(({ key, value, color }) => (
          <div
            key={key}
            className={classes('min-w-[3px]', color)}
            style={{ width: `${(value / total) * 100}%` }}
          />
        ))}
    </div>
  );
}
