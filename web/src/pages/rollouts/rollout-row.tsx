import { Link } from '@tanstack/react-router';
import type { Rollout } from '../../api/queries/rollouts';
import { figuresOf, rolloutName, sharesOf } from '../../api/rollout-figures';
import { ShareBar } from '../../charts/share-bar';
import { count, counted, percent } from '../../ui/numbers';
import { Badge } from '../../ui/status';
import { Ago } from '../../ui/time';

/** One rollout: what it is, where it stands in the server's own words, and how far it has come. */
export function RolloutRow({ rollout }: { readonly rollout: Rollout }) {
  const { id, state, line, halted_because, blocked_because, matched, counts, starts_at } = rollout;
  const figures = figuresOf(rollout, state);
  const hasBegun = counts.offered > 0;
  const why = blocked_because ?? (halted_because && sentence(halted_because));
  return (
    <li className="relative grid gap-x-6 gap-y-1.5 border-t border-line px-5 py-3 hover:bg-sunken/60 md:grid-cols-[minmax(0,1fr)_220px]">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <Link
            data-row
            to="/rollouts/$id"
            params={{ id: String(id) }}
            className="min-w-0 truncate font-medium -outline-offset-2 after:absolute after:inset-0"
          >
            {rolloutName(rollout)}
          </Link>
          <Badge of={state} />
        </p>
        {why !== null && <p className="text-sm text-ink">{why}</p>}
        <p className="text-sm text-ink-2 tnum">
          {hasBegun ? line : `For ${counted(matched, 'device')}.`}
          {state === 'scheduled' && starts_at !== null && (
            <>
              {' '}
              Starts <Ago time={starts_at} />.
            </>
          )}
        </p>
      </div>
      <div className="grid content-start gap-1.5 text-sm text-ink-3 md:pt-1">
        <p className="flex items-baseline justify-between gap-3">
          <span className="tnum text-ink-2">
            {hasBegun ? `${count(counts.confirmed)} of ${count(figures.whole)}` : `Rollout ${id}`}
            {hasBegun && <span className="text-ink-3"> · {percent(counts.confirmed, figures.whole)}</span>}
          </span>
          <Ago time={lastTime(rollout)} />
        </p>
        {hasBegun && (
          <ShareBar
            label={`${percent(counts.confirmed, figures.whole)} confirmed`}
            total={figures.whole}
            shares={sharesOf(figures)}
          />
        )}
      </div>
    </li>
  );
}

/** When it came to where it stands, as far as that is known. */
const lastTime = ({ ended_at, halted_at, started_at, created_at }: Rollout): string =>
  ended_at ?? halted_at ?? started_at ?? created_at;

const sentence = (text: string): string => `It ${text}.`;
