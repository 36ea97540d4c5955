import { Link } from '@tanstack/react-router';
import type { Firmware } from '../../api/queries/firmware';
import type { RolloutPreview } from '../../api/queries/rollouts';
import { CopyButton } from '../../ui/copy';
import { deviceIdText } from '../../ui/device-id';
import { count, counted } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { Skeleton } from '../../ui/states';

interface PreviewProps {
  readonly preview: RolloutPreview | undefined;
  readonly isAsked: boolean;
  readonly isFault: boolean;
  readonly release: Firmware | undefined;
  readonly command: string | null;
}

type Reason = RolloutPreview['left_out'][number]['reason'];

/** Why a device would not get it, said of several. */
const REASONS: Readonly<Partial<Record<Reason, string>>> = {
  not_in_target: 'are not among these devices',
  never_checked: 'have never checked for an update',
  other_release: 'are offered a newer release',
  downgrade_not_accepted: 'run a newer version and do not accept an older one',
  up_to_date: 'run it, or something newer',
  no_release: 'cannot be offered it',
  below_min_current_version: 'run a version that is too old for it',
  unparsable_current_version: 'run a version that cannot be compared',
  update_loop: 'installed it too often and do not run it',
  device_blocked: 'are blocked',
  device_pending: 'wait to be accepted',
  attempts_exhausted: 'have failed too often',
};

/** Whom it would reach, why others not, and the command that makes the same. */
export function Preview({ preview, isAsked, isFault, release, command }: PreviewProps) {
  return (
    <>
      <Panel title="Whom it reaches">
        {!isAsked ? (
          <p className="px-5 pb-5 text-sm text-ink-3">
            Choose a release to see how many devices it would reach.
          </p>
        ) : isFault ? (
          <p className="px-5 pb-5 text-sm text-ink-3">
            It cannot be counted until what is wrong has been put right.
          </p>
        ) : !preview ? (
          <Skeleton lines={4} />
        ) : (
          <div className="px-5 pb-5 text-sm" aria-live="polite">
            <p className="text-2xl font-semibold tnum">{counted(preview.matched, 'device')}</p>
            <p className="text-ink-2">
              would be offered {release?.version ?? 'it'}
              {preview.matched > 0 && (
                <>
                  , the first <span className="tnum">{count(preview.offered_first)}</span> at once
                </>
              )}
              .
            </p>
            {preview.left_out.length > 0 && (
              <>
                <h3 className="mt-4 text-xs font-medium text-ink-3">
                  {counted(
                    preview.left_out.reduce((sum, { count: devices }) => sum + devices, 0),
                    'device',
                  )}{' '}
                  left out because they
                </h3>
                <ul>
                  {preview.left_out.map(({ reason, count: devices, example_ids }) => (
                    <li key={reason} className="border-t border-line py-2 first:border-0">
                      <p className="flex justify-between gap-3">
                        <span>{REASONS[reason] ?? reason.replaceAll('_', ' ')}</span>
                        <span className="tnum">{count(devices)}</span>
                      </p>
                      <p className="text-xs text-ink-3">
                        such as{' '}
                        {example_ids.slice(0, 2).map((id, index) => (
                          <span key={id}>
                            {index > 0 && ', '}
                            <Link to="/devices/$id" params={{ id: String(id) }} className="mono underline">
                              {deviceIdText(id)}
                            </Link>
                          </span>
                        ))}
                      </p>
                    </li>
                  ))}
                </ul>
              </>
            )}
          </div>
        )}
      </Panel>
      {command !== null && (
        <Panel title="The same as a command" aside={<CopyButton text={command} label="Copy the command" />}>
          <pre
            tabIndex={0}
            aria-label="The same as a command"
            className="mx-5 mb-5 rounded bg-sunken p-3 text-xs break-words whitespace-pre-wrap"
          >
            {command}
          </pre>
        </Panel>
      )}
    </>
  );
}
