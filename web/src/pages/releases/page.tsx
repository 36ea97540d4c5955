import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { asProblem } from '../../api/problem';
import { fleetQuery } from '../../api/queries/devices';
import { firmwareListQuery } from '../../api/queries/firmware';
import { useMay } from '../../api/queries/me';
import { takeOver } from '../../dropped-file';
import { AsCommand } from '../../ui/as-command';
import { Chip } from '../../ui/chip';
import { DropZone } from '../../ui/drop-zone';
import { counted } from '../../ui/numbers';
import { PageBody, PageHead, Panel } from '../../ui/page';
import { shellWord } from '../../ui/shell-word';
import { EmptyState, Fault, Skeleton } from '../../ui/states';
import { Inspected } from './inspected';
import { ReleaseRows } from './release-rows';

/** As many as are read at a glance; the rest is found by its type. */
const MOST = 200;

/** Drop an image: what the server reads in it is seen before anything is stored. Below, what is published. */
export default function ReleasesPage() {
  const { type } = useSearch({ from: '/releases' });
  const navigate = useNavigate({ from: '/releases' });
  const mayPublish = useMay('operator');
  const [file, setFile] = useState(takeOver);
  const list = useQuery(firmwareListQuery({ limit: MOST, ...(type !== undefined && { device_type: type }) }));
  const fleet = useQuery(fleetQuery());
  const types = [
    ...new Set([
      ...(fleet.data?.by_version.flatMap(({ device_type }) => device_type ?? []) ?? []),
      ...(list.data?.rows.map(({ device_type }) => device_type) ?? []),
    ]),
  ].sort();
  const ofType = type === undefined ? '' : `?device_type=${encodeURIComponent(type)}`;
  return (
    <>
      <PageHead title="Releases" note={list.data && counted(list.data.total, 'release')}>
        <AsCommand
          ota={type === undefined ? 'list' : `list --device-type ${shellWord(type)}`}
          path={`/api/ota/admin/firmware${ofType}`}
        />
      </PageHead>
      <PageBody>
        {mayPublish && file === null && (
          <DropZone title="Drop the .bin that ESP-IDF built here" onFile={setFile}>
            or press to choose it. Nothing is stored before you have seen what is in it.
          </DropZone>
        )}
        {file !== null && (
          <Inspected key={`${file.name} ${file.lastModified}`} file={file} onClose={() => setFile(null)} />
        )}
        {types.length > 1 && (
          <div className="flex flex-wrap gap-2">
            {types.map((name) => (
              <Chip
                key={name}
                pressed={type === name}
                onToggle={() => void navigate({ search: type === name ? {} : { type: name } })}
              >
                {name}
              </Chip>
            ))}
          </div>
        )}
        {list.error && !list.data && (
          <Fault problem={asProblem(list.error)} onRetry={() => void list.refetch()} />
        )}
        {list.isPending && <Skeleton lines={6} />}
        {list.data?.total === 0 && (
          <Panel>
            <EmptyState title="Nothing is published yet.">
              {mayPublish ? 'Drop the .bin above, or ' : 'An operator publishes with '}
              <code>ota release build/my_project.bin</code>.
            </EmptyState>
          </Panel>
        )}
        {list.data && list.data.total > 0 && <ReleaseRows releases={list.data.rows} fleet={fleet.data} />}
        {list.data && list.data.total > list.data.rows.length && (
          <p className="text-sm text-ink-3">
            {counted(list.data.total - list.data.rows.length, 'older release')} not shown: choose a device
            type, or use <code>ota list --all</code>.
          </p>
        )}
      </PageBody>
    </>
  );
}
