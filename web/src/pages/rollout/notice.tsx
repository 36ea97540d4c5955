import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import TriangleAlert from '~icons/lucide/triangle-alert';
import OctagonX from '~icons/lucide/octagon-x';
import Hand from '~icons/lucide/hand';
import CirclePause from '~icons/lucide/circle-pause';
import Clock from '~icons/lucide/clock';
import Pencil from '~icons/lucide/pencil-line';
import type { EvidencePoint, RolloutDetail, RolloutFactors } from '../../api/queries/rollouts';
import { rate, type RolloutFigures } from '../../api/rollout-figures';
import { classes } from '../../ui/classes';
import { count, counted } from '../../ui/numbers';
import { Ago, At } from '../../ui/time';

interface NoticeProps {
  readonly rollout: RolloutDetail;
  readonly figures: RolloutFigures;
  readonly points: readonly EvidencePoint[] | undefined;
  readonly factors: RolloutFactors | undefined;
}

/** What stands in its way, and what to do about it. */
export function Notice(props: NoticeProps) {
  const { blocked_because, state } = props.rollout;
  return (
    <>
      {blocked_because !== null && <Blocked {...props} because={blocked_because} />}
      {(state === 'halted' || (state === 'aborted' && props.rollout.halted_because !== null)) && (
        <Halted {...props} />
      )}
      <Waiting {...props} />
    </>
  );
}

function Halted({ rollout, figures, points, factors }: NoticeProps) {
  const { halted_because, halted_at, max_failure_rate, false_alarm_rate, state } = rollout;
  const present = points?.at(-1);
  const guilty = factors?.factors[0];
  return (
    <Frame tone="failed" icon={<OctagonX className="size-5" aria-hidden="true" />}>
      <h2 className="text-lg font-medium text-ink">
        It stopped itself {halted_at !== null && <Ago time={halted_at} />}
        {halted_because !== null && `: ${halted_because.replace(/^stopped: /, '')}`}.
      </h2>
      <p className="mt-1 max-w-[72ch] text-sm text-ink-2 tnum">
        {present && (
          <>
            In all {count(present.failed)} of the {counted(present.counted, 'device')} that count have
            failed.{' '}
          </>
        )}
        You accept up to {rate(max_failure_rate)}. A good release comes this far in fewer than 1 of{' '}
        {count(Math.round(1 / false_alarm_rate))} rollouts.{' '}
        {guilty && (
          <>
            What the failed ones have most in common is {nameOf(guilty.dimension)}{' '}
            <strong className="font-semibold text-ink">{guilty.value}</strong> ({count(guilty.failed)} of{' '}
            {count(guilty.offered)}).{' '}
          </>
        )}
        {counted(figures.left, 'device was', 'devices were')} spared.
      </p>
      {state === 'halted' && (
        <p className="mt-2 max-w-[72ch] text-sm text-ink-2">
          Nothing is offered any more. If the release is to blame, abort the rollout. If something else is,
          excuse those devices below, or accept more failures, and resume.
        </p>
      )}
    </Frame>
  );
}

const nameOf = (dimension: string): string =>
  ({
    hw_revision: 'hardware revision',
    chip_revision: 'chip revision',
    previous_version: 'the version before,',
    tag: 'the tag',
  })[dimension] ?? dimension.replaceAll('_', ' ');

function Blocked({ rollout, because }: NoticeProps & { readonly because: string }) {
  const { firmware_id, firmware_version } = rollout;
  return (
    <Frame tone="silent" icon={<TriangleAlert className="size-5" aria-hidden="true" />}>
      <h2 className="text-lg font-medium text-ink">Nobody is offered this release.</h2>
      <p className="mt-1 text-sm text-ink-2">{because}</p>
      <p className="mt-1 max-w-[72ch] text-sm text-ink-2">
        Look at{' '}
        <Link to="/releases/$id" params={{ id: String(firmware_id) }} className="text-accent underline">
          {firmware_version ?? `release ${firmware_id}`}
        </Link>
        : when it can be offered again, the rollout goes on by itself. If it never will be, abort the rollout.
      </p>
    </Frame>
  );
}

function Waiting({ rollout, figures }: NoticeProps) {
  const { state, created_by, starts_at, matched, needs_approval, windows, time_zone } = rollout;
  switch (state) {
    case 'draft':
      return (
        <Frame tone="waiting" icon={<Pencil className="size-5" aria-hidden="true" />}>
          <h2 className="text-lg font-medium text-ink">
            A draft: nobody is offered anything until it is started.
          </h2>
          <p className="mt-1 text-sm text-ink-2">
            It is for {counted(matched, 'device')}, of which {count(figures.left)} would be offered it
            {needs_approval ? ', once another person has approved it' : ''}.
          </p>
        </Frame>
      );
    case 'waiting_for_approval':
      return (
        <Frame tone="silent" icon={<Hand className="size-5" aria-hidden="true" />}>
          <h2 className="text-lg font-medium text-ink">It waits until another person approves it.</h2>
          <p className="mt-1 text-sm text-ink-2">
            {created_by} made it and cannot approve it. It is for {counted(figures.left, 'device')}.
          </p>
        </Frame>
      );
    case 'scheduled':
      return (
        <Frame tone="waiting" icon={<Clock className="size-5" aria-hidden="true" />}>
          <h2 className="text-lg font-medium text-ink">
            It starts {starts_at === null ? 'at its time' : <Ago time={starts_at} />}.
          </h2>
          {starts_at !== null && (
            <p className="mt-1 text-sm text-ink-2">
              That is <At time={starts_at} />, by your own clock. Start it now to not wait.
            </p>
          )}
        </Frame>
      );
    case 'paused':
      return (
        <Frame tone="silent" icon={<CirclePause className="size-5" aria-hidden="true" />}>
          <h2 className="text-lg font-medium text-ink">
            Paused: {counted(figures.left, 'device is', 'devices are')} not offered it.
          </h2>
          <p className="mt-1 text-sm text-ink-2">What devices report still counts. Resume it to go on.</p>
        </Frame>
      );
    case 'running':
      return windows.length === 0 ? null : (
        <p className="text-sm text-ink-2">
          It offers its release only {windows.map(windowText).join(' and ')}
          {time_zone === 'device' ? ", by each device's own clock" : `, in ${time_zone}`}.
        </p>
      );
    default:
      return null;
  }
}

export const windowText = ({
  days,
  from,
  to,
}: {
  readonly days: readonly string[];
  readonly from: string;
  readonly to: string;
}): string => `${days.length === 7 ? 'every day' : days.join(', ')} ${from}–${to}`;

interface FrameProps {
  readonly tone: 'failed' | 'silent' | 'waiting';
  readonly icon: ReactNode;
  readonly children: ReactNode;
}

const TONES = { failed: 'text-failed', silent: 'text-silent', waiting: 'text-waiting' } as const;

function Frame({ tone, icon, children }: FrameProps) {
  return (
    <section
      className={classes(
        'flex gap-3 rounded-lg border border-[color-mix(in_srgb,currentColor_40%,transparent)] bg-[color-mix(in_srgb,currentColor_var(--badge),var(--panel))] p-5',
        TONES[tone],
      )}
    >
      <span className="mt-0.5 shrink-0">{icon}</span>
      <div className="min-w-0">{children}</div>
    </section>
  );
}
