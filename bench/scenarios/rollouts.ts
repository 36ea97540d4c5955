import pg from 'pg';
import { eventually, someBytes } from '../../test/support/http-client.js';
import { compare, type Measurement, type Rounds } from '../lib/compare.js';
import type { LoadRequest } from '../lib/load.js';
import { startOtaServer, withSubjects, type OtaServer } from '../lib/ota-server.js';
import { memory } from '../lib/process-cost.js';
import { cpuRatioOf, cpuRatiosByRound, type Ratio, type ScenarioResult } from '../lib/report.js';
import { checks } from './check.js';

const DEVICES = 1_000_000;
const GROUPS = 1_000;
const CONNECTIONS = 64;
const ASKING = 1_000;
const MIB = 1024 * 1024;
/** Of the type whose devices ask, and of another one. */
const ROLLOUTS = { sensor: 60, lamp: 40 };
/** Many and short: the difference is smaller than what else happens on a machine. Less than five minutes, see `settle`. */
const CHECK_ROUNDS: Rounds = { rounds: 24, seconds: 1, warmUpSeconds: 2 };
const OFFER_ROUNDS: Rounds = { rounds: 9, seconds: 1, warmUpSeconds: 2 };
const CPU_GOAL = { atMost: 1.15 };
/** As the component sends it. */
const FACTS = { boot_id: 7, attributes: { chip: 'ESP32', chip_revision: '3.1', hw_revision: 'none' } };

/** What a rollout is for, by its number: each way to choose devices, and some that look at two things. */
const TARGETS: readonly ((n: number) => string)[] = [
  (n) => `tag:t${n}`,
  (n) => `channel:c${n}`,
  (n) => `group:g${n}`,
  (n) => `attr.hw_revision:h${n}`,
  (n) => `version:<0.${n}.0`,
  (n) => `tag:fleet version:0.1.0..0.${n}.9 -group:g${n}`,
];
/** Its devices were all offered its firmware. */
const OFFERED = 'tag:offered';

interface Pair {
  readonly one: Measurement | undefined;
  readonly other: Measurement | undefined;
  readonly goal: Ratio['goal'];
}

interface Asking {
  readonly name: string;
  /** Whose devices these are, from an id on. */
  readonly ids: (index: number) => number;
  readonly question: Readonly<Record<string, unknown>>;
  /** Of the answer. */
  readonly expected: Readonly<Record<string, unknown>>;
}

/**
 * Devices have their ids from what they are: of 1,000 that follow each other, number n has the tag tn, is in the group gn
 * and, when n is odd, follows the channel cn.
 */
const notTargeted =
  (nth: number) =>
  (index: number): number =>
    (2 * nth + Math.floor(index / 500)) * 1_000 + 200 + (index % 500);
/** In the targets of rollouts that have no room, by tag, channel or group: the first three of each six. */
const WAITING = (index: number): number =>
  (100 + Math.floor(index / 2)) * 1_000 + Math.floor((index % 30) / 3) * TARGETS.length + (index % 3);
const KNOWN = (index: number): number => 900_001 + index;
const UP_TO_DATE = { reason: 'up_to_date' };
/** Nothing is written while they ask. Those that are compared ask one after the other. */
const TOLD_NOTHING: readonly Asking[] = [
  { name: 'not targeted, no facts', ids: notTargeted(2), question: {}, expected: UP_TO_DATE },
  {
    name: 'no rollouts, no facts',
    ids: notTargeted(1),
    question: { device_type: 'gate' },
    expected: UP_TO_DATE,
  },
  { name: 'not targeted', ids: notTargeted(4), question: FACTS, expected: UP_TO_DATE },
  {
    name: 'no rollouts',
    ids: notTargeted(3),
    question: { device_type: 'gate', ...FACTS },
    expected: UP_TO_DATE,
  },
  { name: 'waiting', ids: WAITING, question: FACTS, expected: { reason: 'rollout_waiting' } },
  {
    name: 'no rollouts, again',
    ids: notTargeted(6),
    question: { device_type: 'gate', ...FACTS },
    expected: UP_TO_DATE,
  },
];
/** What they are told is written after a while, when others would ask: they have rounds of their own. */
const OFFERED_SOMETHING: readonly Asking[] = [
  {
    name: 'no rollouts, offered',
    ids: notTargeted(5),
    question: { device_type: 'gate', current_version: '0.5.0', ...FACTS },
    expected: { version: '1.0.0' },
  },
  { name: 'known, offered', ids: KNOWN, question: FACTS, expected: { version: '3.0.0' } },
];

/** Numbers of what is compared. The last two differ in nothing: their ratio is what the machine does. */
const COMPARED: readonly (readonly [number, number, Ratio['goal']])[] = [
  [0, 1, CPU_GOAL],
  [2, 3, CPU_GOAL],
  [4, 3, CPU_GOAL],
  [5, 3, null],
];
/**
 * Each check of a device that a rollout has just offered its firmware is written, which has no goal: those are few at any
 * time.
 */
const COMPARED_OFFERS: typeof COMPARED = [[1, 0, null]];

/** Devices of a type that has many rollouts beside those of one that has none, at one server, in turns. */
export async function rollouts(): Promise<ScenarioResult> {
  const ota = await startOtaServer();
  return withSubjects([ota], async () => {
    for (const device_type of ['gate', 'sensor'])
      await ota.client.publish(someBytes(1000), { version: '1.0.0', device_type });
    const database = new pg.Client({ connectionString: ota.databaseUrl });
    await database.connect();
    try {
      await fill(database);
      const before = memory(ota.pids, 'VmRSS');
      const seconds = await begin(ota, database);
      const notes = [
        `The rollouts were heeded ${seconds.toFixed(1)} s after they were told; the process has grown by ` +
          `${((memory(ota.pids, 'VmRSS') - before) / MIB).toFixed(0)} MiB by then (npm run bench:facts measures the facts alone).`,
      ];
      const quiet = await measure(ota, database, TOLD_NOTHING, CHECK_ROUNDS);
      const offered = await measure(ota, database, OFFERED_SOMETHING, OFFER_ROUNDS);
      const pairs = [...pairsOf(quiet, COMPARED), ...pairsOf(offered, COMPARED_OFFERS)];
      notes.push(...pairs.map(spreadOf));
      return {
        scenario: 'rollouts',
        setting: `${DEVICES} devices on record, ${GROUPS} groups, ${ROLLOUTS.sensor} rollouts of the type that asks, ${ROLLOUTS.lamp} of another; ${CONNECTIONS} connections, ${ASKING} devices of each kind`,
        measurements: [...quiet, ...offered],
        ratios: pairs.map(({ one, other, goal }) => cpuRatioOf(one, other, goal)),
        notes,
      };
    } finally {
      await database.end();
    }
  });
}

async function measure(
  ota: OtaServer,
  database: pg.Client,
  asking: readonly Asking[],
  rounds: Rounds,
): Promise<Measurement[]> {
  await settle(ota, database, asking);
  const requests = asking.map(requestsOf);
  return compare(
    asking.map(({ name }) => ({ ...ota, name })),
    { connections: CONNECTIONS, isLean: true, requests: (_round, subject) => requests[subject] ?? [] },
    rounds,
  );
}

/** Those that are compared, by their numbers. */
const pairsOf = (measured: readonly Measurement[], compared: typeof COMPARED): Pair[] =>
  compared.map(([one, other, goal]) => ({ one: measured[one], other: measured[other], goal }));

/**
 * Each device that asks is written once, so that no round writes what another one need not: a check that says the same
 * is not written again for five minutes.
 */
async function settle(ota: OtaServer, database: pg.Client, asking: readonly Asking[]): Promise<void> {
  for (const { name, ids, question } of asking) {
    const asked = Array.from({ length: ASKING }, (_, index) => ids(index));
    for (let at = 0; at < asked.length; at += CONNECTIONS)
      await Promise.all(
        asked.slice(at, at + CONNECTIONS).map(async (device_id) => {
          const { status } = await ota.client.check({ ...USUAL_CHECK, ...question, device_id });
          if (status !== 200) throw new Error(`${name}: device ${device_id} was answered ${status}.`);
        }),
      );
    await eventually(async () => {
      const { rows } = await database.query<{ written: string }>(
        'SELECT count(*) AS written FROM device WHERE id = ANY($1::bigint[]) AND last_checked_at IS NOT NULL',
        [asked],
      );
      if (Number(rows[0]?.written) < asked.length)
        throw new Error(`${name}: ${rows[0]?.written} of ${asked.length} are written.`);
    }, 120_000);
  }
}

/** As `checks` sends it. */
const USUAL_CHECK = { device_type: 'sensor', current_version: '1.0.0', current_build: 1 };

/** The ratio of each round, so that the noise of the machine shows. */
function spreadOf({ one, other }: Pair): string {
  const shown = cpuRatiosByRound(one, other)
    .sort((a, b) => a - b)
    .map((ratio) => ratio.toFixed(2));
  return `CPU, ${one?.subject ?? ''} / ${other?.subject ?? ''}, by rounds: ${shown.join(' ')}`;
}

const requestsOf = ({ ids, question }: Asking): LoadRequest[] =>
  checks(ASKING, question).map((request, index) => ({
    ...request,
    body: JSON.stringify({ ...(JSON.parse(request.body ?? '') as object), device_id: ids(index) }),
  }));

/** @returns the seconds until the server heeds the rollouts */
async function begin(ota: OtaServer, database: pg.Client): Promise<number> {
  const begun = performance.now();
  await database.query(`SELECT pg_notify('rollout_changed', '0:*')`);
  await eventually(async () => {
    for (const { name, ids, question, expected } of [...TOLD_NOTHING, ...OFFERED_SOMETHING])
      for (const index of [0, 1, ASKING - 1]) {
        const { body } = await ota.client.check({ ...question, device_id: ids(index) });
        for (const [key, value] of Object.entries(expected))
          if (body[key] !== value) throw new Error(`${name} is answered ${JSON.stringify(body)}.`);
      }
  }, 120_000);
  return (performance.now() - begun) / 1_000;
}

/** Straight into the tables. */
async function fill(database: pg.Client): Promise<void> {
  // Nothing checks the rows one by one, nor counts them.
  await database.query('SET session_replication_role = replica');
  // Seen for a month: of those that were seen for minutes only, a server forgets all beyond a bound.
  await database.query(
    `INSERT INTO device (id, device_type, current_version, version_sort_key, current_build, first_seen_at, last_seen_at,
                         channel, tags)
     SELECT n, (ARRAY['sensor', 'sensor', 'gate', 'lamp'])[1 + n % 4], '1.0.0', '', 1,
            now() - interval '30 days', now(),
            CASE WHEN n % 2 = 1 THEN 'c' || n % 1000 ELSE 'stable' END,
            ARRAY['t' || n % 1000, 'fleet'] || CASE WHEN n > 900000 AND n <= 900000 + $2::int THEN ARRAY['offered'] ELSE '{}' END
       FROM generate_series(1, $1::bigint) AS n`,
    [DEVICES, ASKING],
  );
  await database.query(
    `INSERT INTO device_group (name, folded_name) SELECT 'g' || n, 'g' || n FROM generate_series(0, $1::int - 1) AS n`,
    [GROUPS],
  );
  await database.query(
    `INSERT INTO device_group_member (group_id, device_id)
     SELECT g.id, n FROM generate_series(1, $1::bigint) AS n JOIN device_group g ON g.name = 'g' || n % $2::int`,
    [DEVICES, GROUPS],
  );
  for (const [deviceType, count] of Object.entries(ROLLOUTS)) await fillRollouts(database, deviceType, count);
  await database.query('SELECT recount_lists()');
  await database.query('VACUUM ANALYZE');
}

/** All are full. */
async function fillRollouts(database: pg.Client, deviceType: string, count: number): Promise<void> {
  const targets = Array.from({ length: count - 1 }, (_, n) => TARGETS[n % TARGETS.length]?.(n));
  const versions = Array.from({ length: count - 1 }, (_, n) => `2.${n}.0`);
  await database.query(
    `WITH made AS (
       INSERT INTO firmware (device_type, version, version_sort_key, build_number, filename, file_size, file_hash,
                             binary_path, is_stable)
       SELECT $1::varchar, version, '', 1, 'f.bin', 1000, repeat('0', 64), $1::varchar || '/' || version || '/f.bin', false
         FROM unnest($2::text[]) AS version
       RETURNING id, version)
     INSERT INTO rollout (firmware_id, device_type, state, target, ramp, max_failure_rate, false_alarm_rate,
                          silent_after_minutes, max_at_risk_share, attempts_per_device, target_size, first_window,
                          offered, at_once, phase_cap, created_by, started_at)
     SELECT made.id, $1::varchar, 'running', target, 'evidence', 0.02, 0.01, 15, 0.02, 3, 1000, 8, $4::int, 8, 2147483647, 'user:bench',
            now()
       FROM unnest($2::text[], $3::text[]) AS asked (version, target) JOIN made USING (version)`,
    [deviceType, [...versions, '3.0.0'], [...targets, OFFERED], ASKING],
  );
  await database.query(
    `INSERT INTO rollout_device (rollout_id, device_id, seq, offered_at)
     SELECT rollout.id, 900000 + n, n, now()
       FROM rollout, generate_series(1, $2::int) AS n
      WHERE target = $3 AND device_type = $1::varchar`,
    [deviceType, ASKING, OFFERED],
  );
}
