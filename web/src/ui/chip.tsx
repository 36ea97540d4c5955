import type { ReactNode } from 'react';
import { classes } from './classes';

interface ChipProps {
  readonly pressed: boolean;
  readonly onToggle: () => void;
  readonly icon?: ReactNode;
  readonly children: ReactNode;
}

/** One filter of a list, on or off. What is on stands in the address. */
export function Chip({ pressed, onToggle, icon, children }: ChipProps) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onToggle}
      className={classes(
        'inline-flex h-8 max-w-full shrink-0 items-center gap-1.5 rounded-full border px-3 text-sm whitespace-nowrap transition-colors',
        pressed
          ? 'border-accent bg-tint font-medium text-ink'
          : 'border-line bg-panel text-ink-2 hover:bg-sunken',
      )}
    >
      {icon}
      <span className="truncate">{children}</span>
    </button>
  );
}
