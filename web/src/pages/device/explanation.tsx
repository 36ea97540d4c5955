import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import Check from '~icons/lucide/check';
import Minus from '~icons/lucide/minus';
import TriangleAlert from '~icons/lucide/triangle-alert';
import X from '~icons/lucide/x';
import { classes } from '../../ui/classes';
import { CopyButton } from '../../ui/copy';
import { deviceIdText } from '../../ui/device-id';
import { Panel } from '../../ui/page';
import { At } from '../../ui/time';
import { isWarning, placeOf, reasonOf, verdictOf, type Explanation, type Step } from './verdict';

interface ExplanationPanelProps {
  readonly explanation: Explanation;
  /** What it runs now, for the question. */
  readonly version: string | null;
  /** What can be done here about the reason. */
  readonly remedy?: ReactNode;
}

/** Why it runs what it runs: the sentence, then what it rests on, up to the first no. */
export function ExplanationPanel({ explanation, version, remedy }: ExplanationPanelProps) {
  const verdict = verdictOf(explanation);
  const reason = reasonOf(explanation);
  const expected = explanation.next_check_expected_at;
  const command = `ota why ${deviceIdText(explanation.device_id)}`;
  return (
    <Panel>
      <div className="border-b border-line px-5 py-4">
        <div className="flex min-h-8 flex-wrap items-center justify-between gap-x-3 text-sm text-ink-3">
          <p>{version === null ? 'Why is it not updated?' : `Why does it run ${version}?`}</p>
          <span className="-mr-2 flex min-w-0 items-center gap-1">
            <code className="truncate text-xs">{command}</code>
            <CopyButton text={command} label="Copy the command that says the same" />
          </span>
        </div>
        <p className="text-lg font-semibold" data-testid="verdict">
          {verdict.text}
          {verdict.isNextCheck && (
            <>
              {expected !== null && (
                <>
                  , expected <At time={expected} />
                </>
              )}
              .
            </>
          )}
        </p>
      </div>
      <ol aria-label="The steps of the decision" className="grid gap-3 px-5 py-4">
        {explanation.steps.map((step) => (
          <StepLine key={step.code} step={step} remedy={step === reason ? remedy : undefined} />
        ))}
      </ol>
      {reason && reason.code !== 'last_update' && (
        <p className="border-t border-line px-5 py-2.5 text-xs text-ink-3">
          What comes after this step was not looked at: it may be otherwise once the reason is gone.
        </p>
      )}
    </Panel>
  );
}

function StepLine({ step, remedy }: { readonly step: Step; readonly remedy?: ReactNode }) {
  const place = placeOf(step.link);
  const isReason = step.ok === false;
  return (
    <li
      className="grid grid-cols-[20px_minmax(0,1fr)] gap-x-3"
      {...(isReason && { 'data-reason': step.code })}
    >
      <Mark step={step} />
      <div
        className={classes('text-sm', !isReason && 'sm:grid sm:grid-cols-[200px_minmax(0,1fr)] sm:gap-x-4')}
      >
        <p className={classes('font-medium', step.ok === null && !isWarning(step) && 'text-ink-2')}>
          {step.title}
        </p>
        <p className="text-ink-2">
          <bdi>{step.detail}</bdi>{' '}
          {place && (isReason || isWarning(step)) && (
            <Link to={place.href} className="text-accent underline">
              {place.words}
            </Link>
          )}
        </p>
        {remedy !== undefined && <div className="mt-2 flex flex-wrap gap-2">{remedy}</div>}
      </div>
    </li>
  );
}

function Mark({ step }: { readonly step: Step }) {
  const [Icon, color, word] =
    step.ok === true
      ? ([Check, 'text-ok bg-ok/12', 'Yes'] as const)
      : step.ok === false
        ? ([X, 'bg-failed text-panel', 'No'] as const)
        : isWarning(step)
          ? ([TriangleAlert, 'text-silent bg-silent/12', 'Warning'] as const)
          : ([Minus, 'text-ink-3 bg-sunken', 'Does not matter'] as const);
  return (
    <span className={classes('mt-px grid size-5 place-items-center rounded-full', color)}>
      <Icon className="size-3" strokeWidth={3} aria-hidden="true" />
      <span className="unseen">{word}: </span>
    </span>
  );
}
