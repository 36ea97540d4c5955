import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '../../api/problem';
import {
  enrollmentKeysQuery,
  useKeyCreation,
  useKeyRevocation,
  type EnrollmentKey,
} from '../../api/queries/enrollment-keys';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { classes } from '../../ui/classes';
import { TextField } from '../../ui/field';
import { count } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { shellWord } from '../../ui/shell-word';
import { EmptyState, Fault, Skeleton } from '../../ui/states';
import { Ago } from '../../ui/time';
import { ShownOnce } from './shown-once';

const PATH = '/api/ota/admin/enrollment-keys';

/** Keys that devices exchange for a token of their own. */
export function EnrollmentKeys() {
  const { data, error, refetch } = useQuery(enrollmentKeysQuery);
  return (
    <>
      <Panel title="Enrolment keys" aside={<AsCommand ota="enroll-key list" path={PATH} />}>
        {error && !data && <Fault problem={asProblem(error)} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton />}
        {data?.length === 0 && (
          <EmptyState title="There are no enrolment keys.">
            A device that has one in its firmware exchanges it for a token of its own at its first check.
          </EmptyState>
        )}
        <ul>
          {data?.map((key) => (
            <Row key={key.id} enrollmentKey={key} />
          ))}
        </ul>
      </Panel>
      <NewKey />
    </>
  );
}

function Row({ enrollmentKey: key }: { readonly enrollmentKey: EnrollmentKey }) {
  const revoke = useKeyRevocation();
  const isRevoked = key.revoked_at !== null;
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-5 py-2 text-sm">
      <span className={classes('min-w-0 flex-1', isRevoked && 'text-ink-3')}>
        <span className="font-medium break-words">{key.name ?? key.device_type}</span>{' '}
        <span className="text-ink-3">
          {key.name !== null && `for ${key.device_type} · `}
          <span className="mono">{key.key_prefix}…</span>
        </span>
        <span className="block text-xs text-ink-3 tnum">
          {count(key.enrolled)} {key.max_devices !== null && `of ${count(key.max_devices)} `}enrolled
          {key.requires_acceptance && ', each is accepted by an operator'}
          {key.expires_at !== null && (
            <>
              , expires <Ago time={key.expires_at} />
            </>
          )}
          {key.revoked_at !== null && (
            <>
              , revoked <Ago time={key.revoked_at} />
            </>
          )}
        </span>
      </span>
      {!isRevoked && (
        <>
          <AsCommand ota={`enroll-key revoke ${key.id}`} method="DELETE" path={`${PATH}/${key.id}`} />
          <Button kind="danger" onClick={() => revoke.mutate(key)}>
            Revoke {key.key_prefix}…
          </Button>
        </>
      )}
    </li>
  );
}

function NewKey() {
  const [type, setType] = useState('');
  const [name, setName] = useState('');
  const [most, setMost] = useState('');
  const [needsAcceptance, setNeedsAcceptance] = useState(false);
  const create = useKeyCreation();
  const problem = create.error ? asProblem(create.error) : undefined;
  const body = {
    device_type: type,
    requires_acceptance: needsAcceptance,
    ...(name !== '' && { name }),
    ...(most !== '' && { max_devices: Number(most) }),
  };
  return (
    <Panel title="New enrolment key">
      <form
        className="grid gap-4 px-5 pb-5 md:grid-cols-3"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(body);
        }}
      >
        <TextField
          label="Device type"
          required
          autoComplete="off"
          value={type}
          fault={problem?.of('device_type')}
          onChange={(event) => setType(event.target.value)}
        />
        <TextField
          label="Name"
          placeholder="Line 3"
          autoComplete="off"
          value={name}
          fault={problem?.of('name')}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label="Devices at most"
          inputMode="numeric"
          placeholder="no limit"
          autoComplete="off"
          value={most}
          fault={problem?.of('max_devices')}
          onChange={(event) => setMost(event.target.value)}
        />
        <label className="flex items-center gap-2 text-sm md:col-span-3">
          <input
            type="checkbox"
            className="size-3.5 accent-accent"
            checked={needsAcceptance}
            onChange={(event) => setNeedsAcceptance(event.target.checked)}
          />
          An operator accepts each device before it gets a token
        </label>
        <div className="flex gap-2">
          <Button type="submit" kind="primary" disabled={create.isPending}>
            Create the key
          </Button>
          <AsCommand
            ota={[
              `enroll-key create --device-type ${type === '' ? 'TYPE' : shellWord(type)}`,
              ...(name === '' ? [] : [`--name ${shellWord(name)}`]),
              ...(most === '' ? [] : [`--max-devices ${shellWord(most)}`]),
              ...(needsAcceptance ? ['--require-acceptance'] : []),
            ].join(' ')}
            method="POST"
            path={PATH}
            body={body}
          />
        </div>
      </form>
      {create.data && (
        <ShownOnce name={`The enrolment key of ${create.data.device_type}`} secret={create.data.key} />
      )}
    </Panel>
  );
}
