import { Popover } from '@base-ui/react/popover';
import type { Commands } from './commands';
import { CopyButton } from './copy';
import { shellWord } from './shell-word';

interface PopupProps {
  readonly commands: Commands;
  readonly anchor: HTMLElement;
  readonly onClose: () => void;
}

export default function AsCommandPopup({ commands, anchor, onClose }: PopupProps) {
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
            className="w-[min(520px,calc(100vw-24px))] rounded-lg border border-line bg-panel p-4 shadow-float"
          >
            <Popover.Title className="text-sm font-semibold">The same as a command</Popover.Title>
            <Line name="ota" text={`ota ${commands.ota}`} />
            <Line name="curl" text={curlOf(commands)} />
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
    <div className="mt-2 flex items-start gap-1 rounded bg-sunken p-1 pl-3">
      <pre tabIndex={0} className="min-w-0 flex-1 overflow-x-auto py-1 text-xs leading-5">
        {text}
      </pre>
      <CopyButton text={text} label={`Copy the ${name} command`} />
    </div>
  );
}

function curlOf({ method = 'GET', path, body }: Commands): string {
  const parts = [
    'curl',
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    '-H "Authorization: Bearer $OTA_TOKEN"',
    ...(body === undefined ? [] : [`--json ${shellWord(JSON.stringify(body))}`]),
    shellWord(`${location.origin}${path}`),
  ];
  return parts.join(' ');
}
