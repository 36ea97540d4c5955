import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '../../api/problem';
import { meQuery, type Role } from '../../api/queries/me';
import { tokensQuery, useTokenCreation, useTokenRevocation } from '../../api/queries/people';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { SelectField, TextField } from '../../ui/field';
import { Panel } from '../../ui/page';
import { shellWord } from '../../ui/shell-word';
import { EmptyState, Fault, Skeleton } from '../../ui/states';
import { Ago } from '../../ui/time';
import { ShownOnce } from './shown-once';

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];
const DAYS = ['30', '90', '365', ''] as const;
const DAY_MS = 86_400_000;

export function Tokens() {
  const { data, error, refetch } = useQuery(tokensQuery);
  const revoke = useTokenRevocation();
  return (
    <>
      <Panel title="API tokens" aside={<AsCommand ota="token list" path="/api/ota/admin/tokens" />}>
        {error && !data && <Fault problem={asProblem(error)} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton />}
        {data?.total === 0 && (
          <EmptyState title="There are no API tokens.">
            A pipeline publishes with a token of its own:{' '}
            <code>ota token create ci --role operator --expires 90d</code>
          </EmptyState>
        )}
        <ul>
          {data?.rows.map((token) => (
            <li
              key={token.id}
              className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-5 py-2 text-sm"
            >
              <span className="min-w-0 flex-1">
                <span className="font-medium break-words">{token.name}</span>{' '}
                <span className="text-ink-3">
                  of {token.username} · {token.role} · <span className="mono">{token.token_prefix}…</span>
                </span>
                <span className="block text-xs text-ink-3">
                  {token.last_used_at === null ? (
                    'never used'
                  ) : (
                    <>
                      used <Ago time={token.last_used_at} />
                    </>
                  )}
                  {token.expires_at === null ? (
                    ', never expires'
                  ) : (
                    <>
                      , expires <Ago time={token.expires_at} />
                    </>
                  )}
                </span>
              </span>
              <AsCommand
                ota={`token revoke ${token.token_prefix}`}
                method="DELETE"
                path={`/api/ota/admin/tokens/${token.id}`}
              />
              <Button kind="danger" onClick={() => revoke.mutate(token)}>
                Revoke {token.name}
              </Button>
            </li>
          ))}
        </ul>
      </Panel>
      <NewToken />
    </>
  );
}

function NewToken() {
  const me = useQuery(meQuery).data;
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState<string>('90');
  const create = useTokenCreation();
  const problem = create.error ? asProblem(create.error) : undefined;
  const own = ROLES.slice(0, me ? ROLES.indexOf(me.role) + 1 : 1);
  return (
    <Panel title="New API token">
      <form
        className="grid gap-4 px-5 pb-5 md:grid-cols-3"
        onSubmit={(event) => {
          event.preventDefault();
          const expires_at = new Date(Date.now() + Number(days) * DAY_MS).toISOString();
          create.mutate({ name, role, ...(days !== '' && { expires_at }) }, { onSuccess: () => setName('') });
        }}
      >
        <TextField
          label="What it is for"
          required
          autoComplete="off"
          placeholder="ci"
          value={name}
          fault={problem?.of('name')}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField label="Role" value={role} onChange={(event) => setRole(event.target.value as Role)}>
          {own.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </SelectField>
        <SelectField label="Expires" value={days} onChange={(event) => setDays(event.target.value)}>
          {DAYS.map((one) => (
            <option key={one} value={one}>
              {one === '' ? 'never' : `in ${one} days`}
            </option>
          ))}
        </SelectField>
        <div className="flex gap-2">
          <Button type="submit" kind="primary" disabled={create.isPending}>
            Make the token
          </Button>
          <AsCommand
            ota={`token create ${name === '' ? 'NAME' : shellWord(name)} --role ${role}${days === '' ? '' : ` --expires ${days}d`}`}
            method="POST"
            path="/api/ota/admin/tokens"
            body={{ name: name === '' ? 'NAME' : name, role }}
          />
        </div>
      </form>
      {create.data && <ShownOnce name={`The token ${create.data.name}`} secret={create.data.token} />}
    </Panel>
  );
}
