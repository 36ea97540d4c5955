import { useState } from 'react';
import type { Attempt } from '../../api/queries/attempts';

interface Tail {
  readonly rows: readonly Attempt[];
  /** New ones that are not shown yet. */
  readonly waiting: number;
  readonly showWaiting: () => void;
  /** For the element around the list: nothing moves under the pointer. */
  readonly holding: { readonly onPointerEnter: () => void; readonly onPointerLeave: () => void };
}

/**
 * The newest attempts, without those that came since somebody paused or has the pointer on the list. What the shown ones say
 * changes in place.
 * @param of what the list is of; another list begins anew
 */
export function useTail(of: string, newest: readonly Attempt[], isPaused: boolean): Tail {
  const [isOver, setOver] = useState(false);
  const [held, setHeld] = useState<{ readonly of: string; readonly upTo: number } | null>(null);
  const top = newest[0]?.id ?? 0;
  const isHolding = isPaused || isOver;
  // Set while it is drawn: an effect would show the new rows for a moment.
  if (isHolding && top > 0 && held?.of !== of) setHeld({ of, upTo: top });
  else if (!isHolding && held !== null) setHeld(null);
  const upTo = isHolding && held?.of === of ? held.upTo : Infinity;
  const rows = newest.filter(({ id }) => id <= upTo);
  return {
    rows,
    waiting: newest.length - rows.length,
    showWaiting: () => setHeld({ of, upTo: top }),
    holding: {
      onPointerEnter: () => setOver(true),
      onPointerLeave: () => setOver(false),
    },
  };
}
