import { setTimeout as sleep } from 'node:timers/promises';
import { ChangeFeed } from '../../../src/database/change-feed.js';
import { send, type Answer } from '../../support/http-client.js';
import { bearer, PASSWORD, People } from '../../support/people.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { rowOf, type Row } from '../lib/report.js';

const ROUNDS = 20;
const AT_ONCE = 4;
/** What the contract promises. */
const LATEST_MS = 1_000;

/** Something that somebody is given and that is then taken away. */
interface Grant {
  /** Asks the other server with it. */
  readonly use: () => Promise<Answer>;
  /** On this server. */
  readonly end: () => Promise<unknown>;
}

/** Uses on one server what is revoked on another at the same time, also when it hears nothing of the other and is not told so. */
export async function revocations(progress: (line: string) => void): Promise<Row[]> {
  return [...(await revoke(progress, false)), ...(await revoke(progress, true))];
}

async function revoke(progress: (line: string) => void, isDeaf: boolean): Promise<Row[]> {
  const here = await startTestApp({ env: { DEVICE_AUTH: 'required' } });
  const there = await startTestApp({ env: { DEVICE_AUTH: 'required' }, database: here.database });
  if (isDeaf) there.nest.get(ChangeFeed).beforeApplicationShutdown();
  const where = isDeaf ? 'a server that hears no notifications' : 'another server';
  const rows: Row[] = [];
  try {
    for (const [what, grant] of Object.entries(grantsOf(here, there))) {
      const late: number[] = [];
      for (let round = 0; round < ROUNDS; round++) late.push(await lateness(await grant(round)));
      const faults = late
        .filter((ms) => ms > LATEST_MS)
        .map((ms) => `was accepted ${ms.toFixed(0)} ms later`);
      const latest = Math.max(...late);
      rows.push(rowOf(`${what}, used on ${where}`, ROUNDS, faults, `at most ${latest.toFixed(0)} ms later`));
      progress(`${what}: ${ROUNDS} times, at most ${latest.toFixed(0)} ms later`);
    }
  } finally {
    await there.close();
    await here.close();
  }
  return rows;
}

function grantsOf(here: TestApp, there: TestApp): Record<string, (round: number) => Promise<Grant>> {
  const people = new People(here);
  const others = new People(there);
  const user = async (round: number, name: string): Promise<{ id: number; jwt: string }> => {
    const id = await people.create(`${name} ${round}`, 'viewer');
    return { id, jwt: await people.logIn(`${name} ${round}`) };
  };
  return {
    'a revoked API token': async (round) => {
      const { id, token } = await people.makeToken(`revoked ${round}`);
      return { use: () => others.me(token), end: () => people.ask('DELETE', `/tokens/${id}`) };
    },
    'a disabled user': async (round) => {
      const { id, jwt } = await user(round, 'disabled');
      return {
        use: () => others.me(jwt),
        end: () => people.ask('PATCH', `/users/${id}`, { is_active: false }),
      };
    },
    'a changed password': async (round) => {
      const { id, jwt } = await user(round, 'changed');
      const password = `${PASSWORD} ${round}`;
      return { use: () => others.me(jwt), end: () => people.ask('PATCH', `/users/${id}`, { password }) };
    },
    'a revoked device token': async (round) => {
      const id = 7_000 + round;
      const made = await people.ask('POST', `/devices/${id}/token`);
      const headers = bearer(made.body.device_token as string);
      const body = { device_id: id, device_type: 'sensor', current_version: '1.0.0', current_build: 1 };
      return {
        use: () => send(`${there.url}/api/ota/check`, 'POST', { headers, body }),
        end: () => people.ask('DELETE', `/devices/${id}/token`),
      };
    },
  };
}

/** @returns how long after its end a grant was still accepted, in milliseconds; 0: not at all */
async function lateness({ use, end }: Grant): Promise<number> {
  let endedAt = Infinity;
  let latest = 0;
  let accepted = 0;
  const until = (): boolean => performance.now() > endedAt + 2 * LATEST_MS;
  const useAgainAndAgain = async (): Promise<void> => {
    for (let refused = 0; refused < 3 && !until();) {
      const sentAt = performance.now();
      const { status } = await use();
      if (status === 200) {
        accepted += 1;
        latest = Math.max(latest, sentAt - endedAt);
      } else if (endedAt < Infinity) refused += 1;
    }
  };
  const users = Array.from({ length: AT_ONCE }, useAgainAndAgain);
  while (accepted < AT_ONCE) await sleep(1);
  await end();
  endedAt = performance.now();
  await Promise.all(users);
  return Math.max(0, latest);
}
