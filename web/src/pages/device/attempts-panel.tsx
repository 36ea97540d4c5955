import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { asProblem } from '../../api/problem';
import { attemptsQuery, type Attempt } from '../../api/queries/attempts';
import type { Device } from '../../api/queries/devices';
import { firmwareQuery } from '../../api/queries/firmware';
import { AsCommand } from '../../ui/as-command';
import { deviceIdText } from '../../ui/device-id';
import { bytes, count } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { EmptyState, Fault, Skeleton } from '../../ui/states';
import { Status } from '../../ui/status';
import { Ago } from '../../ui/time';

const SHOWN = 20;

interface AttemptsPanelProps {
  readonly id: number;
  readonly device: Device | undefined;
}

/** What the device tried, the newest first; of the newest, what it really runs since. */
export function AttemptsPanel({ id, device }: AttemptsPanelProps) {
  const { data, error } = useQuery(attemptsQuery({ device_id: id, limit: SHOWN }));
  const ids = [...new Set(data?.rows.map(({ firmware_id }) => firmware_id))];
  const releases = useQueries({ queries: ids.map((firmware) => firmwareQuery(firmware)) });
  const versionOf = (firmware: number): string =>
    releases[ids.indexOf(firmware)]?.data?.version ?? `Firmware ${firmware}`;
  const rows = data?.rows ?? [];
  return (
    <Panel
      title="Attempts"
      aside={
        <AsCommand
          ota={`logs --device-id ${deviceIdText(id)}`}
          path={`/api/ota/admin/logs?device_id=${id}`}
        />
      }
    >
      {error ? (
        <Fault problem={asProblem(error)} />
      ) : !data ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <EmptyState title="It has not tried to update yet.">
          An attempt begins when a check offers it a release.
        </EmptyState>
      ) : (
        <ol className="border-t border-line">
          {rows.map((attempt, index) => (
            <li
              key={attempt.id}
              className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-4 gap-y-0.5 border-b border-line px-5 py-2.5 text-sm last:border-0 sm:grid-cols-[72px_88px_130px_minmax(0,1fr)]"
            >
              <span className="text-ink-3">
                <Ago time={attempt.created_at} />
              </span>
              <Link
                to="/releases/$id"
                params={{ id: String(attempt.firmware_id) }}
                className="truncate font-medium hover:underline"
              >
                {versionOf(attempt.firmware_id)}
              </Link>
              <Status of={statusOf(attempt, index === 0 ? device : undefined)} />
              <span className="col-span-2 text-ink-2 sm:col-span-1">
                <bdi>{attempt.error_message ?? progressOf(attempt)}</bdi>
                {index === 0 && device && (
                  <Since attempt={attempt} device={device} version={versionOf(attempt.firmware_id)} />
                )}
              </span>
            </li>
          ))}
        </ol>
      )}
      {data && data.total > SHOWN && (
        <p className="border-t border-line px-5 py-2.5 text-sm">
          <Link to="/activity" search={{ device: String(id) }} className="text-accent underline">
            All {count(data.total)} attempts
          </Link>
        </p>
      )}
    </Panel>
  );
}

/** Of the newest attempt the server knows whether the new firmware had started before it failed. */
const statusOf = ({ status }: Attempt, device: Device | undefined) =>
  status === 'pending'
    ? 'offered'
    : status === 'failed' && device?.status === 'rolled_back'
      ? 'rolled_back'
      : status;

function progressOf({ status, bytes_downloaded }: Attempt): string {
  if (status === 'downloading') return `${bytes(bytes_downloaded)} so far.`;
  return '';
}

interface SinceProps {
  readonly attempt: Attempt;
  readonly device: Device;
  /** That it tried to install. */
  readonly version: string;
}

/** What really booted: what it says that it runs, since. */
function Since({ attempt: { status }, device, version }: SinceProps) {
  if (device.version === null || (status !== 'success' && status !== 'failed')) return null;
  const runs = `${device.version}${device.build_number === null ? '' : `, build ${device.build_number}`}`;
  const isAsSaid = status === 'success' && device.version === version;
  if (isAsSaid) return <> Runs {runs} since.</>;
  return (
    <span className="block font-medium text-ink">
      {status === 'success' ? `It said that it installed ${version}, and runs ${runs}.` : `It runs ${runs}.`}
    </span>
  );
}
