import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import Check from '~icons/lucide/check';
import type { Firmware } from '../../api/queries/firmware';
import { useMay } from '../../api/queries/me';
import { handOver } from '../../dropped-file';
import { buttonLook } from '../../ui/button';
import { classes } from '../../ui/classes';
import { CopyButton } from '../../ui/copy';
import { DropZone } from '../../ui/drop-zone';
import { counted } from '../../ui/numbers';
import { Panel } from '../../ui/page';

/** As in esp32-client/README.md. */
const COMPONENT = `#include "ota_client.h"

ota_client_config_t config = OTA_CLIENT_CONFIG_DEFAULT();
config.diagnostics = my_diagnostics; // tells whether the new image works
ESP_ERROR_CHECK(ota_client_start(&config));`;

const simulate = (): string =>
  `npx ota simulate --server ${location.origin} --device-type demo_sensor --devices 5 --interval 5s --duration 10m`;

interface FirstMinuteProps {
  readonly devices: number;
  readonly releases: number;
  /** The first that was published; undefined: none. */
  readonly first: Firmware | undefined;
}

/** What to do on a server that has no devices or no releases yet. Each step says by itself when it is done. */
export function FirstMinute({ devices, releases, first }: FirstMinuteProps) {
  const mayPublish = useMay('operator');
  const navigate = useNavigate();
  return (
    <Panel title="The first minute">
      <ol>
        <Step
          number={1}
          isDone={devices > 0}
          title={devices > 0 ? `${counted(devices, 'device')} connected` : 'Connect a device'}
        >
          <p>
            Add the component to your firmware, and set this server and the device type in menuconfig under
            “OTA client”:
          </p>
          <Code text={COMPONENT} />
          <p>No board at hand? These behave as devices do:</p>
          <Code text={simulate()} />
        </Step>
        <Step
          number={2}
          isDone={releases > 0}
          title={releases > 0 ? `${counted(releases, 'release')} published` : 'Drop the first image'}
        >
          {mayPublish ? (
            <DropZone
              title="Drop the .bin that ESP-IDF built here"
              onFile={(file) => {
                handOver(file);
                void navigate({ to: '/releases' });
              }}
            >
              Nothing reaches a device before you have seen what is in it.
            </DropZone>
          ) : (
            <p>An operator publishes it: you may look, but not change anything.</p>
          )}
          <p>Or from the folder of the project:</p>
          <Code text={`npx ota release build/my_project.bin --server ${location.origin}`} />
        </Step>
        <Step number={3} isDone={false} title="Watch it arrive">
          <WatchIt first={first} />
        </Step>
      </ol>
    </Panel>
  );
}

/** A draft never arrives: that is said where one waits for it. */
function WatchIt({ first }: Pick<FirstMinuteProps, 'first'>) {
  if (first === undefined || (first.is_active && first.is_stable))
    return <p>This page and Activity move by themselves as soon as the first device downloads it.</p>;
  return (
    <>
      <p>
        {first.version} is a draft: no device is offered it yet. Roll it out to a few devices first, or offer
        it to all.
      </p>
      <p>
        <Link to="/releases/$id" params={{ id: String(first.id) }} className={buttonLook('primary')}>
          Open {first.version}
        </Link>
      </p>
    </>
  );
}

interface StepProps {
  readonly number: number;
  readonly isDone: boolean;
  readonly title: string;
  readonly children: ReactNode;
}

function Step({ number, isDone, title, children }: StepProps) {
  return (
    <li className="grid grid-cols-[24px_1fr] gap-x-3 border-t border-line p-5">
      <span
        aria-hidden="true"
        className={classes(
          'grid size-6 place-items-center rounded-full text-xs font-semibold',
          isDone ? 'bg-ok text-panel' : 'bg-tint text-accent',
        )}
      >
        {isDone ? <Check className="size-3.5" strokeWidth={3} /> : number}
      </span>
      <div className="min-w-0">
        <h3 className="leading-6 font-medium">{title}</h3>
        {!isDone && <div className="mt-2 grid gap-2 text-sm text-ink-2">{children}</div>}
      </div>
    </li>
  );
}

function Code({ text }: { readonly text: string }) {
  return (
    <div className="flex items-start gap-1 rounded bg-sunken p-1.5 pl-3">
      <pre tabIndex={0} className="min-w-0 flex-1 overflow-x-auto py-0.5 text-xs leading-5 text-ink">
        {text}
      </pre>
      <CopyButton text={text} />
    </div>
  );
}
