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
  return (
    <>
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
          <AsCommand ota={`deactivate ${id}`} method="DELETE" path={path} />
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
            {is_stable ? 'Offer it again' : 'Make it a draft again'}
          </Button>
          <AsCommand ota={`update ${id} --active`} method="PATCH" path={path} body={{ is_active: true }} />
        </>
      )}
      {is_active && (
        <>
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
            {isOffered ? 'Make it a draft' : 'Offer to all at once'}
          </Button>
          <AsCommand
            ota={`update ${id} ${is_stable ? '--no-stable' : '--stable'}`}
            method="PATCH"
            path={path}
            body={{ is_stable: !is_stable }}
          />
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
        devices={0}
        name={version}
        verb={`Delete ${version}`}
        onConfirm={() => remove.mutate(firmware)}
      >
        The release and its file are removed for good. Only what was never offered to a device can be deleted.
      </ConfirmDialog>
    </>
  );
}
