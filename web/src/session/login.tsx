import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import { Button } from '../ui/button';
import { Logo } from '../ui/logo';
import { TextField } from '../ui/field';
import { logIn } from './session';

interface LoginProps {
  /** Called when somebody begins to type, to load what comes next meanwhile. */
  readonly onTyping: () => void;
  readonly onLogIn: () => void;
}

/** The page of whoever has no session, at any address. What they came for opens when they are logged in. */
export function Login({ onTyping, onLogIn }: LoginProps) {
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const password = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = 'Log in · OTA server';
  }, []);

  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    // Who lets the browser fill in the form may not have typed.
    onTyping();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFault(null);
    void tryLogIn(textOf(form, 'username'), textOf(form, 'password')).then((refusal) => {
      setBusy(false);
      setFault(refusal);
      if (refusal === null) onLogIn();
      else password.current?.select();
    });
  };

  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="w-full max-w-[336px]">
        <div className="mb-6 flex items-center gap-3">
          <Logo size={36} />
          <div>
            <h1 className="text-lg font-semibold">OTA server</h1>
            <p className="text-sm text-ink-3">{location.host}</p>
          </div>
        </div>
        <form onSubmit={submit} onInput={onTyping} className="rounded-lg border border-line bg-panel p-5">
          <TextField
            label="User name"
            name="username"
            autoComplete="username"
            defaultValue=""
            required
            autoFocus
          />
          <div className="mt-4">
            <TextField
              ref={password}
              label="Password"
              name="password"
              type="password"
              autoComplete="current-password"
              required
            />
          </div>
          <p role="alert" className="text-sm text-failed not-empty:mt-4">
            {fault}
          </p>
          <Button type="submit" kind="primary" disabled={isBusy} className="mt-5 w-full">
            {isBusy ? 'Logging in' : 'Log in'}
          </Button>
        </form>
        <p className="mt-4 text-xs leading-5 text-ink-3">
          The first password was printed when the server started. Lost it? On the server:{' '}
          <code className="rounded bg-sunken px-1 text-ink-2">ota admin password</code>
        </p>
      </div>
    </main>
  );
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** @returns what the server says against it; null when it lets them in */
async function tryLogIn(username: string, password: string): Promise<string | null> {
  try {
    const refusal = await logIn(username, password);
    if (refusal === null) return null;
    const { detail } = (await refusal.json()) as { detail?: string };
    return detail ?? `The server answered ${refusal.status}.`;
  } catch {
    return 'The server did not answer. Is it running?';
  }
}
