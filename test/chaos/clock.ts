import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, send } from '../support/http-client.js';
import { makeFolder, removeFolder } from '../support/server-process.js';
import { Expectations } from './faults/expectations.js';
import { Postgres } from './lib/postgres.js';
import { notPossible, rowOf, type Row, type Section } from './lib/report.js';
import { bytesFor, Stage } from './lib/stage.js';

/** Of the Debian package faketime. */
const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
const SHIFTS = [
  ['an hour back', -3_600],
  ['a year back', -365 * 24 * 3_600],
] as const;

export const clock: Section = {
  name: 'clock',
  title: "The server's clock is set back",
  explanation:
    "The clock of the server's process is set back while it serves, and forth again; the database keeps its own. Sessions " +
    'must go on, signed download URLs of before and of afterwards must be taken, and the reports of a device must stay one ' +
    'attempt whose times follow each other.',
  run: async (progress) => {
    const rows: Row[] = [];
    for (const [name, seconds] of SHIFTS) {
      const what = `clock ${name}, and forth again`;
      const row = existsSync(LIBRARY)
        ? await setBack(what, seconds)
        : notPossible(what, 'the package faketime is not installed');
      rows.push(row);
      progress(`${row.what}: ${row.note}`);
    }
    return rows;
  },
};

async function setBack(what: string, seconds: number): Promise<Row> {
  const folder = makeFolder();
  const clockFile = join(folder, 'clock');
  const set = (offset: number): void => writeFileSync(clockFile, `${offset >= 0 ? '+' : ''}${offset}\n`);
  set(0);
  const postgres = await Postgres.start();
  const stage = await Stage.start({
    DATABASE_URL: await postgres.createDatabase(),
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: clockFile,
    FAKETIME_NO_CACHE: '1',
    // Timers do not follow the clock that a person sets.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  });
  const expect = new Expectations();
  try {
    await observe(stage, expect, set, seconds);
    return rowOf(what, expect.tried, expect.faults, `${expect.tried} answers looked at`);
  } finally {
    await stage.close();
    await postgres.stop();
    await removeFolder(folder);
  }
}

async function observe(
  stage: Stage,
  expect: Expectations,
  set: (offset: number) => void,
  seconds: number,
): Promise<void> {
  const { client } = stage;
  const image = bytesFor('release', 10_000);
  const firmware_id = await stage.publish(image);
  const device_id = 5;
  const report = async (status: string): Promise<void> =>
    expect.answers(`a report (${status})`, await client.report({ device_id, firmware_id, status }), '200');
  const download = async (path: string, when: string): Promise<void> => {
    const answer = await client.send('GET', path);
    expect.holds(`a download ${when}`, answer.status === 200 && answer.bytes.equals(image), answer.status);
  };
  const before = await stage.downloadPath(device_id);
  await report('downloading');

  const shownBefore = await serverTime(stage);
  set(seconds);
  const shown = await serverTime(stage);
  expect.holds(
    'the clock is set back',
    shown - shownBefore < (seconds * 1000) / 2,
    new Date(shown).toISOString(),
  );
  expect.answers('a session of before', await client.admin('GET', '/logs'), '200');
  await download(before, 'by a URL of before');
  const meanwhile = await stage.downloadPath(device_id);
  await download(meanwhile, 'by a URL of meanwhile');
  await report('installing');
  const body = { username: 'admin', password: 'wrong password' };
  expect.answers(
    'a wrong password',
    await send(`${stage.url}/api/auth/login`, 'POST', { body }),
    '401 INVALID_CREDENTIALS',
  );

  set(0);
  expect.answers('the session after the clock is right again', await client.admin('GET', '/logs'), '200');
  await download(before, 'by a URL of before, once it is right again');
  const isStale = seconds < -600;
  const late = await client.send('GET', meanwhile);
  expect.holds('a URL of meanwhile has expired', !isStale || late.status === 403, late.status);
  await report('success');
  await eventually(async () => {
    const { body: attempts } = await client.admin('GET', `/logs?device_id=${device_id}`);
    if (attempts.length !== 1) throw new Error(`${attempts.length} attempts instead of one`);
    const [attempt] = attempts;
    const times = ['created_at', 'download_started_at', 'download_completed_at', 'installed_at'].map((name) =>
      Date.parse(attempt[name]),
    );
    const isInOrder = times.every((time, n) => n === 0 || time >= (times[n - 1] ?? 0));
    const isNow = times.every((time) => Math.abs(time - Date.now()) < 300_000);
    if (!isInOrder || !isNow) throw new Error(JSON.stringify(attempt));
  }).then(
    () => expect.holds('one attempt, whose times follow each other', true),
    (error: unknown) => expect.holds('one attempt, whose times follow each other', false, String(error)),
  );
}

/** As the server says in the Date of its answers, which Node renews every second. */
async function serverTime(stage: Stage): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { headers } = await send(`${stage.url}/health`, 'GET');
  return Date.parse(headers.date ?? '');
}
