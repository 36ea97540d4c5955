import { classes } from './classes';

const COLORS = {
  confirmed: 'bg-ok',
  updating: 'bg-updating',
  failed: 'bg-failed',
  silent: 'bg-silent',
  excused: 'bg-waiting',
} as const;

interface ShareBarProps {
  /** In the order in which they stand. */
  readonly parts: readonly { readonly of: keyof typeof COLORS; readonly count: number }[];
  readonly whole: number;
  /** Its words; without them it only repeats what stands beside it. */
  readonly label?: string;
  readonly className?: string;
}

/** How a whole is divided. Parts that are there are seen, however small they are. */
export function ShareBar({ parts, whole, label, className }: ShareBarProps) {
  return (
    <div
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
      className={classes('flex h-2 gap-0.5 overflow-hidden rounded-full bg-sunken', className)}
    >
      {parts
        .filter(({ count }) => count > 0)
        .map(({ of, count }) => (
          <div
            key={of}
            className={classes('min-w-1 transition-[width] duration-200', COLORS[of])}
            style={{ width: `${whole === 0 ? 0 : (count / whole) * 100}%` }}
          />
        ))}
    </div>
  );
}
