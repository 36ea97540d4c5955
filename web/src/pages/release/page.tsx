import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { asProblem } from '../../api/problem';
import { fleetQuery } from '../../api/queries/devices';
import { downloadsQuery, firmwareListQuery, firmwareQuery, type Firmware } from '../../api/queries/firmware';
import { rolloutsQuery } from '../../api/queries/rollouts';
import { ImageFacts } from '../../ui/image-facts';
import { bytes, count, counted } from '../../ui/numbers';
import { Fact, Facts, PageBody, PageHead, Panel } from '../../ui/page';
import { Fault, Skeleton } from '../../ui/states';
import { Badge } from '../../ui/status';
import { Ago, At } from '../../ui/time';
import { Actions } from './actions';
import { Compared } from './compared';
import { Notes } from './notes';

const MOST_RELEASES = 200;
const MOST_ROLLOUTS = 20;

/** One release: what it is, who runs it, what was different before it. */
export default function ReleasePage() {
  const id = Number(useParams({ from: '/releases/$id' }).id);
  const { data, error, refetch } = useQuery(firmwareQuery(id));
  if (error && !data)
    return (
      <>
        <PageHead title="Release" />
        <Fault problem={asProblem(error)} onRetry={() => void refetch()} />
      </>
    );
  if (!data)
    return (
      <>
        <PageHead title="Release" />
        <Skeleton lines={6} />
      </>
    );
  return <Shown firmware={data} />;
}

function Shown({ firmware }: { readonly firmware: Firmware }) {
  const { id, device_type, version, build_number, is_active, is_stable, image } = firmware;
  const others = useQuery(firmwareListQuery({ device_type, limit: MOST_RELEASES })).data?.rows ?? [];
  // The list has the newest first.
  const at = others.findIndex((other) => other.id === id);
  const before = at < 0 ? undefined : others.slice(at + 1).find((other) => other.released_at !== null);
  return (
    <>
      <PageHead
        title={version}
        name={`${version} of ${device_type}`}
        note={
          <span className="flex items-center gap-2">
            <span>
              build {build_number} · {device_type}
            </span>
            <Badge of={!is_active ? 'inactive' : is_stable ? 'stable' : 'draft'} />
          </span>
        }
      >
        <Actions firmware={firmware} />
      </PageHead>
      <PageBody>
        <Uses firmware={firmware} />
        <Notes firmware={firmware} />
        <Panel title="Image">
          {image?.application ? (
            <ImageFacts image={image.application} size={firmware.file_size} hash={firmware.file_hash} />
          ) : (
            <Facts>
              <Fact name="Size">{bytes(firmware.file_size)}</Fact>
              <Fact name="SHA-256">
                <span className="mono text-xs break-all">{firmware.file_hash}</span>
              </Fact>
            </Facts>
          )}
        </Panel>
        {before && <Compared before={before} after={firmware} />}
        <Rollouts id={id} />
      </PageBody>
    </>
  );
}

function Uses({ firmware }: { readonly firmware: Firmware }) {
  const { id, device_type, version, build_number, min_current_version, created_at, released_at, pruned_at } =
    firmware;
  const q = `type:${device_type} version:${version}`;
  const fleet = useQuery(fleetQuery(q)).data;
  const downloads = useQuery(downloadsQuery(id)).data;
  return (
    <Panel>
      <Facts>
        <Fact name="Runs it">
          <Link to="/devices" search={{ q }} className="text-lg font-semibold tnum hover:underline">
            {fleet ? count(fleet.total) : '…'}
          </Link>{' '}
          <span className="text-ink-3">{fleet?.total === 1 ? 'device' : 'devices'}</span>
        </Fact>
        <Fact name="Downloads">
          <span className="tnum">{downloads ? count(downloads.downloads) : '…'}</span>
          {downloads?.last_download_at && (
            <span className="text-ink-3">
              , the last <Ago time={downloads.last_download_at} />
            </span>
          )}
        </Fact>
        <Fact name="Attempts">
          <Link to="/activity" search={{ release: String(id) }} className="underline">
            What devices report of it
          </Link>
        </Fact>
        <Fact name="Published">
          <At time={created_at} />
        </Fact>
        {released_at !== null && (
          <Fact name="First offered">
            <At time={released_at} />
          </Fact>
        )}
        {min_current_version !== null && (
          <Fact name="Floor">only devices on {min_current_version} or newer</Fact>
        )}
        {pruned_at !== null && (
          <Fact name="File">
            removed to save space <Ago time={pruned_at} />: drop it again to publish build {build_number}{' '}
            again
          </Fact>
        )}
      </Facts>
    </Panel>
  );
}

function Rollouts({ id }: { readonly id: number }) {
  const { data } = useQuery(rolloutsQuery({ firmware_id: id, limit: MOST_ROLLOUTS }));
  if (!data || data.total === 0) return null;
  return (
    <Panel title="Rollouts" aside={counted(data.total, 'rollout')}>
      <ul>
        {data.rows.map(({ id: rollout, target, state, line }) => (
          <li
            key={rollout}
            className="relative grid gap-x-4 border-t border-line px-5 py-2 text-sm hover:bg-sunken/60 md:grid-cols-[160px_1fr_auto]"
          >
            <Link
              to="/rollouts/$id"
              params={{ id: String(rollout) }}
              className="truncate font-medium after:absolute after:inset-0"
            >
              Rollout {rollout}
              {target !== null && ` to ${target}`}
            </Link>
            <span className="text-ink-2">{line}</span>
            <Badge of={state} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
