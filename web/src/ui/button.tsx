import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { classes } from './classes';

const KINDS = {
  primary: 'bg-accent text-on-accent border-transparent hover:opacity-90',
  secondary: 'bg-panel text-ink border-field/60 hover:bg-sunken',
  danger: 'bg-panel text-failed border-field/60 hover:bg-sunken',
  quiet: 'border-transparent text-ink-2 hover:bg-sunken hover:text-ink',
} as const;

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** One primary at most for a page or a dialog. */
  readonly kind?: keyof typeof KINDS;
  readonly icon?: ReactNode;
}

const LOOK =
  'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded border px-3 text-sm font-medium whitespace-nowrap transition-colors disabled:opacity-50';

/** Its words name the result; "…" at their end says that it asks more before it does anything. */
export function Button({ kind = 'secondary', icon, className, children, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={classes(LOOK, KINDS[kind], className)}>
      {icon}
      {children}
    </button>
  );
}

/** The look of a button for a link: `<Link className={buttonLook('primary')}>`. */
export const buttonLook = (kind: keyof typeof KINDS = 'secondary'): string => classes(LOOK, KINDS[kind]);

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What it does, for whoever does not see the icon; shown when the pointer rests on it. */
  readonly label: string;
}

/** Without a word: only for closing, copying and the theme. */
export function IconButton({ label, className, children, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      {...rest}
      className={classes(
        'inline-grid size-8 shrink-0 place-items-center rounded text-ink-2 transition-colors hover:bg-sunken hover:text-ink',
        className,
      )}
    >
      {children}
    </button>
  );
}
