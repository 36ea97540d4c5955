import { Link } from '@tanstack/react-router';
import type { RolloutDetail } from '../../api/queries/rollouts';
import { rate } from '../../api/rollout-figures';
import { phaseName, soakText } from '../../api/rollout-phases';
import { count, counted } from '../../ui/numbers';
import { Fact, Facts, Panel } from '../../ui/page';
import { At } from '../../ui/time';
import { windowText } from './notice';

/** What was asked for. */
export function Choice({ rollout }: { readonly rollout: RolloutDetail }) {
  const { firmware_id, firmware_version, build_number, device_type, target, matched, ramp, phases } = rollout;
  return (
    <Panel title="What was asked for">
      <Facts>
        <Fact name="Release">
          <Link to="/releases/$id" params={{ id: String(firmware_id) }} className="text-accent underline">
            {firmware_version ?? `Release ${firmware_id}`}
          </Link>{' '}
          <span className="text-ink-3">
            build {build_number ?? '?'} for {device_type}
          </span>
        </Fact>
        <Fact name="Devices">
          {target === null ? (
            `All of the type ${device_type}`
          ) : (
            <span className="mono text-xs">{target}</span>
          )}
          <span className="block text-ink-3">{counted(matched, 'device')} when it was made</span>
        </Fact>
        <Fact name="How fast">
          {ramp === 'all' ? 'Everybody at once' : 'As fast as the evidence allows'}
          {phases.length > 0 && (
            <span className="block text-ink-3">
              {phases
                .map(
                  (phase) =>
                    `${phaseName(phase)}${phase.soak_minutes > 0 ? `, ${soakText(phase.soak_minutes)}` : ''}`,
                )
                .join('; ')}
              ; then all others
            </span>
          )}
        </Fact>
        <Fact name="Stops when clearly more fail than">
          {rate(rollout.max_failure_rate)}
          <span className="block text-ink-3">
            at most 1 of {count(Math.round(1 / rollout.false_alarm_rate))} good releases is stopped by mistake
          </span>
        </Fact>
        <Fact name="Silent after">{rollout.silent_after_minutes} min from the install</Fact>
        <Fact name="At risk at once">at most {rate(rollout.max_at_risk_share)} of the devices</Fact>
        <Fact name="Left out after">
          {counted(rollout.attempts_per_device, 'attempt')} that did not begin
        </Fact>
        {rollout.windows.length > 0 && (
          <Fact name="Only in these hours">
            {rollout.windows.map(windowText).join('; ')}
            <span className="block text-ink-3">
              {rollout.time_zone === 'device' ? "by each device's own clock" : rollout.time_zone}
            </span>
          </Fact>
        )}
        {rollout.starts_at !== null && (
          <Fact name="Not before">
            <At time={rollout.starts_at} />
          </Fact>
        )}
        {rollout.allow_downgrade && (
          <Fact name="Older versions">Devices that accept one may go back to this release</Fact>
        )}
        {rollout.needs_approval && (
          <Fact name="Approval">
            {rollout.approved_by === null ? 'By another person than its maker' : `By ${rollout.approved_by}`}
          </Fact>
        )}
        {rollout.note !== null && <Fact name="Note">{rollout.note}</Fact>}
      </Facts>
    </Panel>
  );
}
