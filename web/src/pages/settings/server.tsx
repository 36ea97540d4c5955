import { useQuery } from '@tanstack/react-query';
import CircleCheck from '~icons/lucide/circle-check';
import OctagonX from '~icons/lucide/octagon-x';
import { asProblem } from '../../api/problem';
import { useMay } from '../../api/queries/me';
import { healthQuery, storeQuery, useStoreCleaning } from '../../api/queries/server';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { bytes, counted } from '../../ui/numbers';
import { Fact, Facts, Panel } from '../../ui/page';
import { Fault, Skeleton } from '../../ui/states';

/** What is wrong with the server, and the command that mends it. */
export function Server() {
  return (
    <>
      <Health />
      <Store />
      <Panel title="On the server’s machine">
        <ul className="grid gap-2 px-5 pb-5 text-sm text-ink-2">
          <li>
            <code>ota backup --out ota.tar</code> writes the database and the images to one file, while it
            runs.
          </li>
          <li>
            <code>ota fsck</code> checks rows, files and hashes, and the chain of the audit log.
          </li>
          <li>
            <a href="/docs" className="underline">
              Swagger UI
            </a>{' '}
            has all requests of the API,{' '}
            <a href="/metrics" className="underline">
              /metrics
            </a>{' '}
            what a monitor reads.
          </li>
        </ul>
      </Panel>
    </>
  );
}

function Health() {
  const { data, error, refetch } = useQuery(healthQuery);
  return (
    <Panel title="Health">
      {error && !data && <Fault problem={asProblem(error)} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={2} />}
      {data && (
        <Facts>
          <State name="Database" text={data.database} />
          <State name="Firmware store" text={data.store} />
          <Fact name="Catalog of releases">read {Math.round(data.catalog_age_seconds)} s ago</Fact>
        </Facts>
      )}
    </Panel>
  );
}

function State({ name, text }: { readonly name: string; readonly text: string }) {
  const isWell = text === 'ok';
  return (
    <Fact name={name}>
      <span className="inline-flex items-center gap-1.5">
        {isWell ? (
          <CircleCheck className="size-3.5 text-ok" aria-hidden="true" />
        ) : (
          <OctagonX className="size-3.5 text-failed" aria-hidden="true" />
        )}
        {isWell ? 'works' : text}
      </span>
    </Fact>
  );
}

function Store() {
  const { data, error, refetch } = useQuery(storeQuery);
  const mayClean = useMay('operator');
  const clean = useStoreCleaning();
  const removable = data?.unreferenced.filter((file) => file.removable) ?? [];
  return (
    <Panel title="Stored files" aside={<AsCommand ota="store check" path="/api/ota/admin/store" />}>
      {error && !data && <Fault problem={asProblem(error)} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={2} />}
      {data && (
        <Facts>
          <Fact name="Files">
            {counted(data.files, 'file')}, {bytes(data.bytes)}
          </Fact>
          <Fact name="Missing">
            {data.missing.length === 0
              ? 'none'
              : `${counted(data.missing.length, 'file')}: restore from the backup, then verify the release`}
          </Fact>
          <Fact name="Of no release">
            {counted(data.unreferenced.length, 'file')}
            {removable.length > 0 && `, ${removable.length} older than a day`}
          </Fact>
        </Facts>
      )}
      {mayClean && removable.length > 0 && (
        <div className="flex justify-end gap-2 border-t border-line px-5 py-3">
          <AsCommand
            ota="store check --remove-unreferenced --yes"
            method="POST"
            path="/api/ota/admin/store/clean"
            body={{ dry_run: false }}
          />
          <Button disabled={clean.isPending} onClick={() => clean.mutate(undefined)}>
            Remove {counted(removable.length, 'file')}
          </Button>
        </div>
      )}
    </Panel>
  );
}
