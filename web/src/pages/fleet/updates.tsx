import type { Shape } from '../../api/client';
import { DayBars } from '../../charts/day-bars';
import { counted } from '../../ui/numbers';
import { Panel } from '../../ui/page';

/** How many devices were updated on each of the last thirty days. */
export function Updates({ fleet }: { readonly fleet: Shape<'FleetSummaryResponse'> }) {
  const days = fleet.by_day.map(({ day, updated }) => ({ day, value: updated }));
  const total = days.reduce((sum, { value }) => sum + value, 0);
  if (total === 0) return null;
  const text = `${counted(total, 'device')} updated last within these 30 days`;
  return (
    <Panel title="Last updated, by day" aside="UTC">
      <div className="px-5 pb-4">
        <DayBars label={text} days={days} textOf={(value) => counted(value, 'device')} />
      </div>
    </Panel>
  );
}
