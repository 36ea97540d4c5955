import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import {
  useFirmwareChange,
  useFirmwareDeletion,
  useVerification,
  type Firmware,
} from '../../api/queries/firmware';
import { useMay } from '../../api/queries/me';
import { AsCommand } from '../../ui/as-command';
import { Button, buttonLook } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';

/** What can be done with a release. All but deleting it can be undone, and is done at once. */
export function Actions({ firmware }: { readonly firmware: Firmware }) {
  const { id, version, is_active, is_stable } = firmware;
  const mayChange = useMay('operator');
  const navigate = useNavigate();
  const [isDeleting, setDeleting] = useState(false);
  const change = useFirmwareChange();
  const verify = useVerification();
  const remove = useFirmwareDeletion(() => void navigate({ to: '/releases' }));
  const path = `/api/ota/admin/firmware/${id}`;
  if (!mayChange) return <AsCommand ota={`get ${id}`} path={path} />;
  const isOffered = is_active && is_stable;
  const changed = (name: string, flag: string, body: object) =>
    ({ name, ota: `update ${id} ${flag} --yes`, method: 'PATCH', path, body }) as const;
  const words = {
    stable: isOffered ? 'Make it a draft' : 'Offer to all at once',
    active: is_stable ? 'Offer it again' : 'Make it a draft again',
  };
  return (
    <>
      <AsCommand
        name="Show it"
        ota={`get ${id}`}
        path={path}
        more={[
          { name: 'Verify the file', ota: `verify ${id}`, method: 'POST', path: `${path}/verify` },
          ...(is_active
            ? [
                {
                  name: `Withdraw ${version}`,
                  ota: `deactivate ${id} --yes`,
                  method: 'DELETE',
                  path,
                } as const,
                changed(words.stable, is_stable ? '--no-stable' : '--stable', {
                  is_stable: !is_stable,
                }),
              ]
            : [changed(words.active, '--active', { is_active: true })]),
        ]}
      />
      <Button onClick={() => verify.mutate(firmware)} disabled={verify.isPending}>
        {verify.isPending ? 'Verifying' : 'Verify the file'}
      </Button>
      {is_active ? (
        <>
          <Button
            kind="danger"
            onClick={() =>
              change.mutate({
                firmware,
                change: { is_active: false },
                done: `${version} is withdrawn: it is neither offered nor served.`,
              })
            }
          >
            Withdraw {version}
          </Button>
          <Button
            onClick={() =>
              change.mutate({
                firmware,
                change: { is_stable: !is_stable },
                done: isOffered
                  ? `${version} is a draft: no further device is offered it.`
                  : `${version} is stable: all devices of its type are offered it at their next check.`,
              })
            }
          >
            {words.stable}
          </Button>
        </>
      ) : (
        <>
          <Button kind="danger" onClick={() => setDeleting(true)}>
            Delete {version}…
          </Button>
          <Button
            onClick={() =>
              change.mutate({
                firmware,
                change: { is_active: true },
                done: is_stable ? `${version} is offered again.` : `${version} is a draft again.`,
              })
            }
          >
            {words.active}
          </Button>
        </>
      )}
      {is_active && !is_stable && (
        <Link to="/rollouts/new" search={{ release: String(id) }} className={buttonLook('primary')}>
          Roll out {version}…
        </Link>
      )}
      <ConfirmDialog
        open={isDeleting}
        onClose={() => setDeleting(false)}
        title={`Delete ${version}?`}
        devices={null}
        name={version}
        verb={`Delete ${version}`}
        onConfirm={() => remove.mutate(firmware)}
        commands={{ ota: `delete ${id} --yes`, method: 'DELETE', path: `${path}?purge=true` }}
      >
        The release and its file are removed for good. Only what was never offered to a device can be deleted.
      </ConfirmDialog>
    </>
  );
}
