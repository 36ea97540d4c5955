import type { Problem } from '../../api/problem';
import { TextField } from '../../ui/field';
import { Panel } from '../../ui/page';
import type { Form } from './form';

interface WhenItStopsProps {
  readonly form: Form;
  readonly change: (part: Partial<Form>) => void;
  readonly problem: Problem | null;
}

/** The rule in words, with the numbers that can be changed. */
export function WhenItStops({ form, change, problem }: WhenItStopsProps) {
  const { mayFail, falseAlarms, silentAfter, atRisk, attempts } = form;
  const oneOf = Math.round(100 / Number(falseAlarms.replace(',', '.')));
  return (
    <Panel title="When it stops itself">
      <div className="grid gap-4 px-5 pb-5">
        <p className="text-sm text-ink-2">
          It stops when clearly more than <strong className="font-semibold text-ink">{mayFail} in 100</strong>{' '}
          devices fail, roll back, or are silent for {silentAfter} minutes after the install began. At most 1
          in {Number.isFinite(oneOf) && oneOf > 0 ? oneOf : '…'} good releases is ever stopped by mistake. It
          never has more than {atRisk} in 100 devices waiting for their result at once.
        </p>
        <details>
          <summary className="text-sm font-medium text-accent">Change the rule</summary>
          <div className="mt-3 grid gap-4 sm:grid-cols-2">
            <TextField
              label="Devices in 100 that may fail"
              inputMode="decimal"
              value={mayFail}
              fault={problem?.of('max_failure_rate')}
              onChange={(event) => change({ mayFail: event.target.value })}
            />
            <TextField
              label="Good releases in 100 stopped by mistake"
              inputMode="decimal"
              value={falseAlarms}
              fault={problem?.of('false_alarm_rate')}
              onChange={(event) => change({ falseAlarms: event.target.value })}
            />
            <TextField
              label="Minutes until silence counts"
              inputMode="numeric"
              value={silentAfter}
              fault={problem?.of('silent_after_minutes')}
              onChange={(event) => change({ silentAfter: event.target.value })}
            />
            <TextField
              label="Devices in 100 at risk at once"
              inputMode="decimal"
              value={atRisk}
              fault={problem?.of('max_at_risk_share')}
              onChange={(event) => change({ atRisk: event.target.value })}
            />
            <TextField
              label="Attempts before a device is left out"
              inputMode="numeric"
              value={attempts}
              fault={problem?.of('attempts_per_device')}
              onChange={(event) => change({ attempts: event.target.value })}
            />
          </div>
        </details>
      </div>
    </Panel>
  );
}
