import { scaleBand, scaleLinear } from 'd3-scale';
import { useWidth } from './use-width';

export interface DayBar {
  /** `2026-01-31` */
  readonly day: string;
  readonly value: number;
}

interface DayBarsProps {
  readonly label: string;
  readonly days: readonly DayBar[];
  /** What a bar counts, for the text beside the pointer: "3 devices updated". */
  readonly textOf: (value: number) => string;
}

const HEIGHT = 132;
const LEFT = 36;
const BOTTOM = 22;
const TOP = 8;
/** Between two dates below the bars, in pixels, at least. */
const DATE_SPAN = 74;
const DATE = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact' });

/** A number for each day. */
export function DayBars({ label, days, textOf }: DayBarsProps) {
  const [width, observe] = useWidth();
  const most = Math.max(1, ...days.map(({ value }) => value));
  const x = scaleBand(
    days.map(({ day }) => day),
    [LEFT, Math.max(LEFT, width)],
  ).padding(0.25);
  const y = scaleLinear([0, most], [HEIGHT - BOTTOM, TOP]).nice(3);
  const every = Math.max(1, Math.ceil((DATE_SPAN * days.length) / Math.max(1, width - LEFT)));
  const ticks = y.ticks(3).filter(Number.isInteger);
  return (
    <div ref={observe} style={{ height: HEIGHT }}>
      {width > 0 && (
        <svg role="img" aria-label={label} width={width} height={HEIGHT} className="block text-[11px]">
          {ticks.map((tick) => (
            <g key={tick} transform={`translate(0 ${y(tick)})`}>
              <line x1={LEFT} x2={width} className="stroke-line" />
              <text x={LEFT - 8} dy="0.35em" textAnchor="end" className="fill-ink-3 tnum">
                {COMPACT.format(tick)}
              </text>
            </g>
          ))}
          {days.map(({ day, value }, index) => (
            <g key={day} transform={`translate(${x(day) ?? 0} 0)`}>
              <rect
                y={value > 0 ? Math.min(y(value), HEIGHT - BOTTOM - 2) : HEIGHT - BOTTOM}
                height={value > 0 ? Math.max(2, HEIGHT - BOTTOM - y(value)) : 0}
                width={x.bandwidth()}
                rx={2}
                className="fill-accent"
              />
              <rect y={TOP} height={HEIGHT - BOTTOM - TOP} width={x.bandwidth()} fill="transparent">
                <title>{`${DATE.format(new Date(day))}: ${textOf(value)}`}</title>
              </rect>
              {(days.length - 1 - index) % every === 0 && (
                <text x={x.bandwidth()} y={HEIGHT - 6} textAnchor="end" className="fill-ink-3 tnum">
                  {DATE.format(new Date(day))}
                </text>
              )}
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
