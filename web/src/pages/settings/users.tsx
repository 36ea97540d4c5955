import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '../../api/problem';
import { meQuery, type Role } from '../../api/queries/me';
import {
  usersQuery,
  useUserChange,
  useUserCreation,
  useUserDeletion,
  type User,
} from '../../api/queries/people';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { INPUT_LOOK, SelectField, TextField } from '../../ui/field';
import { classes } from '../../ui/classes';
import { Panel } from '../../ui/page';
import { shellWord } from '../../ui/shell-word';
import { Fault, Skeleton } from '../../ui/states';

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

export function Users() {
  const { data, error, refetch } = useQuery(usersQuery);
  const me = useQuery(meQuery).data;
  const [leaving, setLeaving] = useState<User | null>(null);
  const remove = useUserDeletion();
  return (
    <>
      <Panel title="Users" aside={<AsCommand ota="user list" path="/api/ota/admin/users" />}>
        {error && !data && <Fault problem={asProblem(error)} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton />}
        <ul>
          {data?.rows.map((user) => (
            <Row
              key={user.id}
              user={user}
              isMe={user.username === me?.username}
              onDelete={() => setLeaving(user)}
            />
          ))}
        </ul>
      </Panel>
      <NewUser />
      {leaving && (
        <ConfirmDialog
          open
          onClose={() => setLeaving(null)}
          title={`Delete ${leaving.username}?`}
          devices={null}
          name={leaving.username}
          verb={`Delete ${leaving.username}`}
          commands={{
            ota: `user delete ${shellWord(leaving.username)} --yes`,
            method: 'DELETE',
            path: `/api/ota/admin/users/${leaving.id}`,
          }}
          onConfirm={() => remove.mutate(leaving)}
        >
          The user’s sessions and API tokens end, too. What the user did stays in the audit log.
        </ConfirmDialog>
      )}
    </>
  );
}

interface RowProps {
  readonly user: User;
  readonly isMe: boolean;
  readonly onDelete: () => void;
}

function Row({ user, isMe, onDelete }: RowProps) {
  const { id, username, role, is_active } = user;
  const change = useUserChange();
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-5 py-2 text-sm">
      <span className={classes('min-w-0 flex-1 truncate font-medium', !is_active && 'text-ink-3')}>
        {username}
        {isMe && <span className="font-normal text-ink-3"> (you)</span>}
        {!is_active && <span className="font-normal"> · disabled</span>}
      </span>
      <AsCommand
        name="Change the role"
        ota={`user update ${shellWord(username)} --role ${role}`}
        method="PATCH"
        path={`/api/ota/admin/users/${id}`}
        body={{ role }}
        more={
          isMe
            ? []
            : [
                {
                  name: is_active ? 'Disable' : 'Enable',
                  ota: `user update ${shellWord(username)} ${is_active ? '--no-active' : '--active'}`,
                  method: 'PATCH',
                  path: `/api/ota/admin/users/${id}`,
                  body: { is_active: !is_active },
                },
              ]
        }
      />
      <select
        aria-label={`Role of ${username}`}
        value={role}
        disabled={isMe}
        className={classes(INPUT_LOOK, '!h-8 !w-36 pr-8 !text-sm')}
        onChange={(event) => {
          const next = event.target.value as Role;
          change.mutate({ user, change: { role: next }, done: `${username} is ${next} now.` });
        }}
      >
        {ROLES.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      {!isMe && (
        <>
          <Button
            onClick={() =>
              change.mutate({
                user,
                change: { is_active: !is_active },
                done: is_active
                  ? `${username} is disabled: sessions and tokens are refused.`
                  : `${username} may log in again.`,
              })
            }
          >
            {is_active ? 'Disable' : 'Enable'}
          </Button>
          <Button kind="danger" onClick={onDelete}>
            Delete…
          </Button>
        </>
      )}
    </li>
  );
}

function NewUser() {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const create = useUserCreation();
  const problem = create.error ? asProblem(create.error) : undefined;
  return (
    <Panel title="New user">
      <form
        className="grid gap-4 px-5 pb-5 md:grid-cols-3"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(
            { username, password, role, is_active: true },
            {
              onSuccess: () => {
                setUsername('');
                setPassword('');
              },
            },
          );
        }}
      >
        <TextField
          label="User name"
          required
          autoComplete="off"
          value={username}
          fault={problem?.of('username')}
          onChange={(event) => setUsername(event.target.value)}
        />
        <TextField
          label="First password"
          type="password"
          required
          autoComplete="new-password"
          value={password}
          help="At least 10 characters"
          fault={problem?.of('password')}
          onChange={(event) => setPassword(event.target.value)}
        />
        <SelectField label="Role" value={role} onChange={(event) => setRole(event.target.value as Role)}>
          <option value="viewer">viewer: reads</option>
          <option value="operator">operator: also publishes and rolls out</option>
          <option value="admin">admin: also manages users and keys</option>
        </SelectField>
        <div className="flex gap-2">
          <Button type="submit" kind="primary" disabled={create.isPending}>
            Create the user
          </Button>
          <AsCommand
            ota={`user create ${username === '' ? 'NAME' : username} --role ${role}`}
            method="POST"
            path="/api/ota/admin/users"
            body={{ username: username === '' ? 'NAME' : username, password: '…', role }}
          />
        </div>
      </form>
    </Panel>
  );
}
