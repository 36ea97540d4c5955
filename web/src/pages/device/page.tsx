import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode } from 'react';
import { asProblem } from '../../api/problem';
import { nameOf, useDecide, type Decision } from '../../api/queries/device-changes';
import { deviceQuery, explanationQuery, type Device } from '../../api/queries/devices';
import { useMay } from '../../api/queries/me';
import { AsCommand } from '../../ui/as-command';
import { Button, buttonLook } from '../../ui/button';
import { CopyButton } from '../../ui/copy';
import { deviceIdText, parseDeviceId } from '../../ui/device-id';
import { PageBody, PageHead, Panel } from '../../ui/page';
import { EmptyState, Fault, Skeleton } from '../../ui/states';
import { Badge } from '../../ui/status';
import { AccessPanel } from './access-panel';
import { AttemptsPanel } from './attempts-panel';
import { DescriptionPanel } from './description-panel';
import { ExplanationPanel } from './explanation';
import { SelfPanel } from './self-panel';
import { reasonOf, type Explanation } from './verdict';

/** One device: why it runs what it runs, what it tried, what it says, and what people say of it. */
export default function DevicePage(): ReactNode {
  const { id: text } = useParams({ from: '/devices/$id' }) as { readonly id: string };
  const id = parseDeviceId(text);
  return id === null ? <NoDevice text={text} /> : <KnownDevice key={id} id={id} />;
}

function KnownDevice({ id }: { readonly id: number }): ReactNode {
  const { data: device, error } = useQuery(deviceQuery(id));
  const explanation = useQuery(explanationQuery(id));
  const mayChange = useMay('operator');
  const isAdmin = useMay('admin');
  const problem = error ? asProblem(error) : null;
  if (problem?.status === 404) return <NoDevice text={deviceIdText(id)} />;
  const shown = deviceIdText(id);
  return (
    <>
      <PageHead
        title={device?.name ? <bdi>{device.name}</bdi> : <span className="mono">{shown}</span>}
        name={device ? nameOf(device) : shown}
        note={
          <span className="flex flex-wrap items-center gap-2">
            {device?.name && <span className="mono">{shown}</span>}
            <CopyButton text={shown} label="Copy the id" />
            {device && <Badge of={device.status} />}
          </span>
        }
      >
        <AsCommand ota={`why ${shown}`} path={`/api/ota/admin/devices/${id}/explain`} />
        {mayChange && (
          <Link to="/rollouts/new" search={{ target: `id:${id}` }} className={buttonLook()}>
            Roll out to it…
          </Link>
        )}
      </PageHead>
      <PageBody>
        {problem && <Fault problem={problem} />}
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_288px]">
          <div className="grid min-w-0 gap-4">
            {explanation.data ? (
              <ExplanationPanel
                explanation={explanation.data}
                version={device?.version ?? null}
                remedy={
                  device && mayChange ? <Remedy device={device} explanation={explanation.data} /> : undefined
                }
              />
            ) : (
              <Panel>
                {explanation.error ? (
                  <Fault problem={asProblem(explanation.error)} />
                ) : (
                  <Skeleton lines={6} />
                )}
              </Panel>
            )}
            <AttemptsPanel id={id} device={device} />
          </div>
          {device ? (
            <div className="grid min-w-0 gap-4">
              <SelfPanel device={device} />
              <DescriptionPanel device={device} mayChange={mayChange} />
              {mayChange && <AccessPanel device={device} isAdmin={isAdmin} />}
            </div>
          ) : (
            <Panel>
              <Skeleton lines={6} />
            </Panel>
          )}
        </div>
      </PageBody>
    </>
  );
}

/** What an operator can do about the reason at its place. */
function Remedy({ device, explanation }: { readonly device: Device; readonly explanation: Explanation }) {
  const decide = useDecide();
  if (reasonOf(explanation)?.code !== 'admitted') return null;
  const offer = (decision: Decision, words: string): ReactNode => (
    <span className="flex items-center gap-1">
      <Button disabled={decide.isPending} onClick={() => decide.mutate({ device, decision })}>
        {words}
      </Button>
      <AsCommand
        ota={`device ${decision} ${deviceIdText(device.device_id)}`}
        method="POST"
        path={`/api/ota/admin/devices/${device.device_id}/${decision}`}
      />
    </span>
  );
  if (explanation.status === 'pending')
    return (
      <>
        {offer('accept', 'Accept it')}
        {offer('reject', 'Reject it')}
      </>
    );
  if (explanation.status !== 'blocked') return null;
  const isRejected = reasonOf(explanation)?.title.includes('rejected') === true;
  return isRejected ? offer('accept', 'Accept it') : offer('unblock', 'Unblock it');
}

function NoDevice({ text }: { readonly text: string }) {
  return (
    <>
      <PageHead title="Device" />
      <EmptyState title={`No device with the id ${text} is known.`}>
        A device is known after its first check.{' '}
        <Link to="/devices" className="text-accent underline">
          To the devices
        </Link>
      </EmptyState>
    </>
  );
}
