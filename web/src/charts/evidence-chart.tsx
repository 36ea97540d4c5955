import { scaleLinear, scaleLog } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';
import { useWidth } from './use-width';

interface EvidenceChartPoint {
  /** Devices that count until then. */
  readonly counted: number;
  readonly evidence: number;
}

interface EvidenceChartProps {
  /** In order; the last one is the present. */
  readonly points: readonly EvidenceChartPoint[];
  /** The highest evidence of the whole and of its parts, at present. */
  readonly evidence: number;
  /** At which it halts, such as 100. */
  readonly bound: number;
  /** The whole finding, for whoever does not see it. */
  readonly label: string;
  /** Beside the last point; null: it goes on. */
  readonly end: string | null;
}

const HEIGHT = 236;
const MARGIN = { top: 12, right: 16, bottom: 26, left: 46 };
/** Space above the bound, so that one sees how far beyond it is: half a power of ten. */
const ABOVE = 10 ** 0.5;
/** Below it nobody is interested in how little it is. */
const LEAST = 0.001;
const PIXELS_OF_A_TICK = 90;
const POWER = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 1 });

/** How the evidence against a release has come about, on a scale of powers of ten, and where it would halt the rollout. */
export function EvidenceChart({ points, evidence, bound, label, end }: EvidenceChartProps) {
  const [room, frame] = useWidth();
  const width = Math.max(240, room);
  const last = points.at(-1);
  const most = Math.max(bound, evidence, ...points.map((point) => point.evidence)) * ABOVE;
  const least = Math.max(LEAST, Math.min(0.1, ...points.map((point) => point.evidence)) / 1.4);
  const x = scaleLinear()
    .domain([0, Math.max(1, last?.counted ?? 0) * 1.04])
    .range([MARGIN.left, width - MARGIN.right]);
  const y = scaleLog()
    .domain([least, most])
    .range([HEIGHT - MARGIN.bottom, MARGIN.top])
    .clamp(true);
  const path = line<EvidenceChartPoint>(
    (point) => x(point.counted),
    (point) => y(point.evidence),
  ).curve(curveStepAfter);
  const below = area<EvidenceChartPoint>(
    (point) => x(point.counted),
    HEIGHT - MARGIN.bottom,
    (point) => y(point.evidence),
  ).curve(curveStepAfter);
  const isBeyond = evidence >= bound;
  const color = isBeyond ? 'text-failed' : 'text-updating';
  const at = { x: x(last?.counted ?? 0), y: y(evidence) };
  const powers = powersBetween(least, most).filter((power) => power !== bound);
  const ticks = x
    .ticks(Math.max(2, Math.floor(width / PIXELS_OF_A_TICK)))
    .filter((tick) => Number.isInteger(tick));

  return (
    <div ref={frame} className="min-w-0">
      <svg
        role="img"
        aria-label={label}
        width={width}
        height={HEIGHT}
        className="block text-xs tnum"
        fontSize={11}
      >
        <rect
          x={MARGIN.left}
          y={MARGIN.top}
          width={Math.max(0, width - MARGIN.left - MARGIN.right)}
          height={Math.max(0, y(bound) - MARGIN.top)}
          className="fill-failed opacity-8"
        />
        {powers.map((power) => (
          <g key={power}>
            <line
              x1={MARGIN.left}
              x2={width - MARGIN.right}
              y1={y(power)}
              y2={y(power)}
              className="stroke-line"
            />
            <text x={MARGIN.left - 8} y={y(power)} dy="0.32em" textAnchor="end" className="fill-ink-3">
              {POWER.format(power)}
            </text>
          </g>
        ))}
        {ticks.map((tick) => (
          <text key={tick} x={x(tick)} y={HEIGHT - 8} textAnchor="middle" className="fill-ink-3">
            {tick.toLocaleString('en')}
          </text>
        ))}
        <g className={color}>
          <path d={below([...points]) ?? ''} className="fill-current opacity-10" />
          <path
            d={path([...points]) ?? ''}
            className="fill-none stroke-current"
            strokeWidth={1.75}
            strokeLinejoin="round"
          />
          {last && last.evidence < evidence && (
            // A part of the rollout has more evidence against it than the whole.
            <line
              x1={at.x}
              x2={at.x}
              y1={y(last.evidence)}
              y2={at.y}
              className="stroke-current"
              strokeWidth={1.75}
              strokeDasharray="2 3"
            />
          )}
        </g>
        <line
          x1={MARGIN.left}
          x2={width - MARGIN.right}
          y1={y(bound)}
          y2={y(bound)}
          className="stroke-failed"
          strokeWidth={1.5}
          strokeDasharray="5 4"
        />
        <text
          x={MARGIN.left - 8}
          y={y(bound)}
          dy="0.32em"
          textAnchor="end"
          fontWeight={600}
          className="fill-failed"
        >
          {bound}
        </text>
        <text x={MARGIN.left + 8} y={y(bound) - 7} className="fill-failed">
          {width < 480
            ? 'Halts here'
            : `Halts here: fewer than 1 in ${bound} good releases ever get this far`}
        </text>
        {last && (
          <g className={color}>
            <circle cx={at.x} cy={at.y} r={4.5} className="fill-current stroke-panel" strokeWidth={2} />
            {end !== null && (
              <text
                x={at.x - 10}
                y={at.y}
                dy="0.32em"
                textAnchor="end"
                fontWeight={600}
                className="fill-current stroke-panel"
                strokeWidth={3}
                paintOrder="stroke"
              >
                {end}
              </text>
            )}
          </g>
        )}
      </svg>
    </div>
  );
}

function powersBetween(least: number, most: number): number[] {
  const powers: number[] = [];
  for (let exponent = Math.ceil(Math.log10(least)); exponent <= Math.log10(most); exponent++)
    powers.push(Number((10 ** exponent).toPrecision(1)));
  const step = Math.ceil(powers.length / 7);
  return powers.filter((_, index) => index % step === 0);
}
