/**
 * Who is logged in, in this tab. The access token lives in this module and nowhere else: nothing of it is stored, and a
 * reload gets the next one for the cookie, which scripts cannot read.
 */

interface Access {
  readonly token: string;
  /** By performance.now(), which no change of the clock moves. */
  readonly endsAt: number;
}

const SESSION = '/api/auth/session';
/** A token that ends sooner is exchanged before it is used. */
const LEAST_MS = 30_000;
/** A page that was closed while it exchanged the cookie may be answered so long after. */
const EXCHANGE_MS = 1_500;
/** Says that there was a session, so that a reload loads the app at once; says nothing of whose. */
const HINT = 'has-session';
const EXCHANGING = 'exchanging-since';

let access: Access | null = null;
let renewal: Promise<boolean> | null = null;
const endings = new Set<() => void>();
const otherTabs = new BroadcastChannel('session');

otherTabs.onmessage = ({ data }) => {
  if (data === 'ended') end();
};

export const hadSession = (): boolean => read(HINT) !== null;

/** Calls back when the session has ended: here, in another tab, or at the server. @returns what stops it */
export function onEnd(callBack: () => void): () => void {
  endings.add(callBack);
  return () => endings.delete(callBack);
}

/**
 * @returns the answer of the server when it refuses; null when somebody is logged in
 * @throws TypeError when the server cannot be reached
 */
export async function logIn(username: string, password: string): Promise<Response | null> {
  const response = await fetch(SESSION, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  if (response.status !== 200) return response;
  await take(response);
  return null;
}

export async function logOut(): Promise<void> {
  otherTabs.postMessage('ended');
  await fetch(SESSION, { method: 'DELETE' }).catch(() => undefined);
  end();
}

/**
 * Exchanges the cookie for a token, one tab after the other, since a cookie that is used twice ends the session.
 * @returns false when there is no session
 * @throws TypeError when the server cannot be reached, Error when it cannot answer now
 */
export function renew(): Promise<boolean> {
  renewal ??= inTurn(exchange).finally(() => {
    renewal = null;
  });
  return renewal;
}

/** @returns a token that is good for a while; null when there is no session, which everybody is told of then */
export async function bearer(): Promise<string | null> {
  if (access && access.endsAt - performance.now() > LEAST_MS) return access.token;
  if (await renew()) return access?.token ?? null;
  otherTabs.postMessage('ended');
  end();
  return null;
}

/** To be called when the server refuses a token: it may have been revoked. @returns whether there is another one */
export async function renewRefused(token: string): Promise<boolean> {
  if (access && access.token !== token) return true;
  access = null;
  return (await bearer()) !== null;
}

async function exchange(): Promise<boolean> {
  await lastExchange();
  write(EXCHANGING, String(Date.now()));
  try {
    // Goes on when the page is closed: the browser must get the cookie that the server has made.
    const response = await fetch(`${SESSION}/refresh`, { method: 'POST', keepalive: true });
    if (response.status === 200) await take(response);
    else if (response.status === 204) access = null;
    else throw new Error(`The server answered ${response.status}.`);
    return response.status === 200;
  } finally {
    write(EXCHANGING, null);
  }
}

/** Waits for the answer to a page that is gone. */
async function lastExchange(): Promise<void> {
  for (;;) {
    const since = Number(read(EXCHANGING) ?? 0);
    const age = Date.now() - since;
    if (age < 0 || age > EXCHANGE_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Browsers have locks on HTTPS and on this machine only; elsewhere the mark of the exchange must do. */
const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
  'locks' in navigator ? navigator.locks.request('session', work) : work();

async function take(response: Response): Promise<void> {
  const { access_token, expires_in } = (await response.json()) as {
    access_token: string;
    expires_in: number;
  };
  access = { token: access_token, endsAt: performance.now() + expires_in * 1000 };
  write(HINT, '1');
}

function end(): void {
  access = null;
  write(HINT, null);
  for (const callBack of endings) callBack();
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Without storage a reload is a little slower.
  }
}
