import { Popover } from '@base-ui/react/popover';
import type { Commands } from './commands';
import { CopyButton } from './copy';
import { shellWord } from './shell-word';

interface PopupProps {
  readonly list: readonly Commands[];
  readonly anchor: HTMLElement;
  readonly onClose: () => void;
}

export default function AsCommandPopup({ list, anchor, onClose }: PopupProps) {
  return (
    <Popover.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Popover.Portal>
        <Popover.Positioner
          anchor={anchor}
          side="bottom"
          align="end"
          sideOffset={6}
          collisionPadding={12}
          className="z-40"
        >
          <Popover.Popup
            finalFocus={{ current: anchor }}
            className="max-h-(--available-height) w-[min(520px,calc(100vw-24px))] overflow-y-auto rounded-lg border border-line bg-panel p-4 shadow-float"
          >
            <Popover.Title className="text-sm font-semibold">The same as a command</Popover.Title>
            {list.map((commands) => (
              <div key={commands.ota} className="mt-3 first-of-type:mt-2">
                {commands.name !== undefined && (
                  <p className="text-xs font-medium text-ink-2">{commands.name}</p>
                )}
                <Line name="ota" text={`ota ${commands.ota}`} />
                <Line name="curl" text={curlOf(commands)} />
              </div>
            ))}
            <Popover.Description className="mt-3 text-xs text-ink-3">
              <code>ota login</code> asks for your password once; <code>OTA_TOKEN</code> holds an API token.
            </Popover.Description>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Line({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div className="mt-1.5 flex items-center gap-1 rounded bg-sunken p-1 pl-3">
      <pre tabIndex={0} className="min-w-0 flex-1 overflow-x-auto py-1 text-xs leading-5">
        {text}
      </pre>
      <CopyButton text={text} label={`Copy the ${name} command`} />
    </div>
  );
}

function curlOf({ method = 'GET', path, body, form }: Commands): string {
  const parts = [
    'curl',
    // A form is posted anyhow.
    ...(method === 'GET' || form !== undefined ? [] : [`-X ${method}`]),
    '-H "Authorization: Bearer $OTA_TOKEN"',
    ...(body === undefined ? [] : [`--json ${shellWord(JSON.stringify(body))}`]),
    ...(form ?? []).map((field) => `-F ${shellWord(field)}`),
    shellWord(`${location.origin}${path}`),
  ];
  return parts.join(' ');
}
