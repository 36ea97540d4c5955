import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { nameOf, useDecide, useForgetDevice, useRevokeTokens } from '../../api/queries/device-changes';
import type { Device } from '../../api/queries/devices';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import type { Commands } from '../../ui/commands';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { deviceIdText } from '../../ui/device-id';
import { Panel } from '../../ui/page';

interface AccessPanelProps {
  readonly device: Device;
  readonly isAdmin: boolean;
}

/** Whether the device is served, and what ends that. */
export function AccessPanel({ device, isAdmin }: AccessPanelProps) {
  const [asks, setAsks] = useState<'block' | 'revoke' | 'forget' | null>(null);
  const navigate = useNavigate();
  const decide = useDecide();
  const revoke = useRevokeTokens();
  const forget = useForgetDevice();
  const close = (): void => setAsks(null);
  const isBlocked = device.status === 'blocked';
  const name = nameOf(device);
  const id = deviceIdText(device.device_id);
  const path = `/api/ota/admin/devices/${device.device_id}`;
  const decision = isBlocked ? 'unblock' : 'block';
  const commands = {
    decision: { ota: `device ${decision} ${id}`, method: 'POST', path: `${path}/${decision}` },
    revoke: { ota: `device token ${id} --revoke`, method: 'DELETE', path: `${path}/token` },
    forget: { ota: `device forget ${id} --yes`, method: 'DELETE', path },
  } as const satisfies Readonly<Record<string, Commands>>;
  return (
    <Panel title="Access">
      <ul className="grid gap-3 px-5 pb-5">
        <Line text={isBlocked ? 'It gets no update.' : 'It is served.'} commands={commands.decision}>
          {isBlocked ? (
            <Button onClick={() => decide.mutate({ device, decision: 'unblock' })}>Unblock</Button>
          ) : (
            <Button kind="danger" onClick={() => setAsks('block')}>
              Block…
            </Button>
          )}
        </Line>
        {isAdmin && device.identity === 'token' && (
          <Line text="It has a token." commands={commands.revoke}>
            <Button kind="danger" onClick={() => setAsks('revoke')}>
              Revoke…
            </Button>
          </Line>
        )}
        {isAdmin && (
          <Line text="Delete it with its attempts." commands={commands.forget}>
            <Button kind="danger" onClick={() => setAsks('forget')}>
              Forget…
            </Button>
          </Line>
        )}
      </ul>
      <ConfirmDialog
        open={asks === 'block'}
        onClose={close}
        title={`Block ${name}?`}
        devices={1}
        name={name}
        verb="Block it"
        commands={commands.decision}
        onConfirm={() => decide.mutate({ device, decision: 'block' })}
      >
        It gets no update and no download until somebody unblocks it. Its reports are kept.
      </ConfirmDialog>
      <ConfirmDialog
        open={asks === 'revoke'}
        onClose={close}
        title={`Revoke the tokens of ${name}?`}
        devices={1}
        name={name}
        verb="Revoke its tokens"
        commands={commands.revoke}
        onConfirm={() => revoke.mutate(device)}
      >
        Every server refuses them within a second. The device gets no update until it enrols again or is given
        another token.
      </ConfirmDialog>
      <ConfirmDialog
        open={asks === 'forget'}
        onClose={close}
        title={`Forget ${name}?`}
        devices={1}
        name={name}
        verb="Forget it"
        commands={commands.forget}
        onConfirm={() => forget.mutate(device, { onSuccess: () => void navigate({ to: '/devices' }) })}
      >
        It is deleted with its attempts. If it checks again, it is a new device; its revoked tokens remain
        revoked, and a blocked device remains blocked.
      </ConfirmDialog>
    </Panel>
  );
}

interface LineProps {
  readonly text: string;
  readonly commands: Commands;
  readonly children: ReactNode;
}

function Line({ text, commands, children }: LineProps) {
  return (
    <li className="flex items-center gap-1 text-sm">
      <span className="min-w-0 flex-1 text-ink-2">{text}</span>
      <AsCommand {...commands} />
      {children}
    </li>
  );
}
