import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '../../api/problem';
import { meQuery } from '../../api/queries/me';
import { usePasswordChange } from '../../api/queries/people';
import { logOut } from '../../session/session';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { TextField } from '../../ui/field';
import { Fact, Facts, Panel } from '../../ui/page';

export function Me() {
  const { data } = useQuery(meQuery);
  return (
    <>
      <Panel title="Who you are" aside={<AsCommand ota="whoami" path="/api/auth/me" />}>
        {data && (
          <Facts>
            <Fact name="User">{data.username}</Fact>
            <Fact name="Role">{data.role}</Fact>
          </Facts>
        )}
        <div className="flex justify-end border-t border-line px-5 py-3">
          <Button onClick={() => void logOut()}>Log out in this browser</Button>
        </div>
      </Panel>
      <Password />
    </>
  );
}

/** Ends the sessions of the user everywhere, this one too. */
function Password() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = usePasswordChange(() => void logOut());
  const problem = change.error ? asProblem(change.error) : undefined;
  return (
    <Panel title="Password" aside={<AsCommand ota="password" method="POST" path="/api/auth/password" />}>
      <form
        className="grid max-w-md gap-4 px-5 pb-5"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ current_password: current, new_password: next });
        }}
      >
        <TextField
          label="Current password"
          type="password"
          autoComplete="current-password"
          required
          value={current}
          fault={problem?.of('current_password')}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          required
          value={next}
          help="At least 10 characters. You log in again with it, in all browsers; API tokens stay."
          fault={problem?.of('new_password')}
          onChange={(event) => setNext(event.target.value)}
        />
        <div>
          <Button type="submit" kind="primary" disabled={change.isPending}>
            Change the password
          </Button>
        </div>
      </form>
    </Panel>
  );
}
