import { memo, type ComponentType, type ReactNode, type SVGProps } from 'react';
import Ban from '~icons/lucide/ban';
import CircleCheck from '~icons/lucide/circle-check';
import CircleHelp from '~icons/lucide/circle-help';
import CirclePause from '~icons/lucide/circle-pause';
import Clock from '~icons/lucide/clock';
import Down from '~icons/lucide/arrow-down-to-line';
import Hand from '~icons/lucide/hand';
import Moon from '~icons/lucide/moon-star';
import OctagonX from '~icons/lucide/octagon-x';
import Pencil from '~icons/lucide/pencil-line';
import Play from '~icons/lucide/play';
import Square from '~icons/lucide/square';
import Undo from '~icons/lucide/undo-2';
import UserPlus from '~icons/lucide/user-plus';
import { classes } from './classes';

interface Look {
  readonly word: string;
  readonly icon: ComponentType<SVGProps<SVGSVGElement>>;
  /** Of the icon and of a badge. */
  readonly color: string;
  /** Only what needs somebody has coloured words. */
  readonly needsEyes?: boolean;
}

/** Each status has a shape and a word of its own, so that none is told by its colour alone. */
const LOOKS = {
  up_to_date: { word: 'Up to date', icon: CircleCheck, color: 'text-ok' },
  updating: { word: 'Updating', icon: Down, color: 'text-updating' },
  waiting: { word: 'Waiting', icon: Clock, color: 'text-waiting' },
  silent: { word: 'Silent', icon: Moon, color: 'text-silent', needsEyes: true },
  failed: { word: 'Failed', icon: OctagonX, color: 'text-failed', needsEyes: true },
  rolled_back: { word: 'Rolled back', icon: Undo, color: 'text-rolled', needsEyes: true },
  blocked: { word: 'Blocked', icon: Ban, color: 'text-blocked', needsEyes: true },
  pending: { word: 'Waits to be accepted', icon: UserPlus, color: 'text-silent', needsEyes: true },
  unknown: { word: 'Unknown', icon: CircleHelp, color: 'text-waiting' },
  // Attempts.
  offered: { word: 'Offered', icon: Clock, color: 'text-waiting' },
  downloading: { word: 'Downloading', icon: Down, color: 'text-updating' },
  installing: { word: 'Installing', icon: Down, color: 'text-updating' },
  success: { word: 'Installed', icon: CircleCheck, color: 'text-ok' },
  confirmed: { word: 'Confirmed', icon: CircleCheck, color: 'text-ok' },
  // Rollouts.
  draft: { word: 'Draft', icon: Pencil, color: 'text-waiting' },
  waiting_for_approval: { word: 'Waits for approval', icon: Hand, color: 'text-silent', needsEyes: true },
  scheduled: { word: 'Scheduled', icon: Clock, color: 'text-waiting' },
  running: { word: 'Running', icon: Play, color: 'text-updating' },
  paused: { word: 'Paused', icon: CirclePause, color: 'text-silent', needsEyes: true },
  halted: { word: 'Halted by itself', icon: OctagonX, color: 'text-failed', needsEyes: true },
  finished: { word: 'Finished', icon: CircleCheck, color: 'text-ok' },
  aborted: { word: 'Aborted', icon: Square, color: 'text-waiting' },
  // Firmware.
  stable: { word: 'Stable', icon: CircleCheck, color: 'text-ok' },
  inactive: { word: 'Withdrawn', icon: Square, color: 'text-waiting' },
} as const satisfies Readonly<Record<string, Look>>;

export type StatusName = keyof typeof LOOKS;

interface StatusProps {
  readonly of: StatusName;
  /** Instead of its word: a longer one, or one with a number. */
  readonly children?: ReactNode;
}

/** A shape and a word, for tables and lists; of a row that is written over it is often the same. */
export const Status = memo(function Status({ of, children }: StatusProps) {
  const look: Look = LOOKS[of];
  return (
    <span
      className={classes(
        'inline-flex items-center gap-1.5 whitespace-nowrap',
        look.needsEyes ? look.color : of === 'updating' ? 'text-ink' : 'text-ink-2',
      )}
    >
      <look.icon className={classes('size-3.5 shrink-0', look.color)} strokeWidth={2.25} aria-hidden="true" />
      {children ?? look.word}
    </span>
  );
});

/** The same in a pill, for the head of a page and for what stands alone. */
export function Badge({ of, children }: StatusProps) {
  const look: Look = LOOKS[of];
  return (
    <span
      className={classes(
        'inline-flex h-5 items-center gap-1.5 rounded-full bg-[color-mix(in_srgb,currentColor_var(--badge),transparent)] px-2 text-xs font-medium whitespace-nowrap',
        look.color,
      )}
    >
      <look.icon className="size-3 shrink-0" strokeWidth={2.25} aria-hidden="true" />
      {children ?? look.word}
    </span>
  );
}
