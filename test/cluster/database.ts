import { setTimeout as sleep } from 'node:timers/promises';
import { rowOf, type Row, type Section } from '../chaos/lib/report.js';
import { MAX_CATALOG_AGE_SECONDS, type Cluster } from './lib/cluster.js';
import { Traffic } from './lib/traffic.js';
import { endSharedCluster, withCluster } from './lib/with-cluster.js';

const AWAY_MS = 8_000;
const EXPLANATION =
  'Checks and downloads must be answered from memory all the time, reports with 200 or 503 and Retry-After. Afterwards all ' +
  'three servers must be well again by themselves, and every acknowledged report must be on record.';

export const postgresStopped: Section = {
  name: 'stopped',
  title: 'PostgreSQL stopped and started again',
  explanation: `PostgreSQL is stopped at once, and started again after ${AWAY_MS / 1000} seconds. ${EXPLANATION}`,
  run: (progress) =>
    withCluster(async (cluster) => {
      const { primary } = cluster.postgres;
      const traffic = await Traffic.start(cluster);
      await primary.stop();
      progress('PostgreSQL is stopped');
      await sleep(AWAY_MS);
      await primary.start();
      return [await recovered(cluster, traffic, `PostgreSQL stopped for ${AWAY_MS / 1000} s`)];
    }),
};

export const failover: Section = {
  name: 'failover',
  title: 'Failover to the standby',
  explanation:
    'The primary is lost, the standby is promoted, and the address in DATABASE_URL leads to it. Every commit went to the standby ' +
    `before it was acknowledged (synchronous_standby_names). ${EXPLANATION}`,
  run: (progress) =>
    withCluster(async (cluster) => {
      const { primary, standby } = cluster.postgres;
      const traffic = await Traffic.start(cluster);
      await primary.stop();
      progress('the primary is lost');
      await sleep(AWAY_MS / 2);
      await standby.query("ALTER SYSTEM SET synchronous_standby_names = ''");
      await standby.query('SELECT pg_reload_conf()');
      await cluster.postgres.promote();
      for (const { way } of cluster.members) way.leadTo(standby.url);
      const row = await recovered(cluster, traffic, 'primary lost, standby promoted');
      const after = await publishesAfter(cluster);
      // There is no standby any more.
      await endSharedCluster();
      return [row, after];
    }),
};

export const partition: Section = {
  name: 'partition',
  title: 'Servers parted from PostgreSQL',
  explanation:
    'The network between one server, then all of them, and PostgreSQL passes nothing any more, and tells nobody. Meanwhile a ' +
    'rollout is aborted through another server: the one that is parted must not offer it longer than MAX_CATALOG_AGE_SECONDS ' +
    `(${MAX_CATALOG_AGE_SECONDS} here). ${EXPLANATION}`,
  run: async (progress) => [
    await withCluster(async (cluster) => {
      const traffic = await Traffic.start(cluster);
      for (const { way } of cluster.members) way.cut();
      progress('all servers are parted');
      await sleep(AWAY_MS);
      for (const { way } of cluster.members) way.heal();
      return recovered(cluster, traffic, `all servers parted for ${AWAY_MS / 1000} s`);
    }),
    await withCluster(async (cluster) => {
      const offers = await beginRollout(cluster);
      const traffic = await Traffic.start(cluster);
      cluster.member(0).way.cut();
      progress('one server is parted');
      const withdrawn = await offers.abort();
      cluster.member(0).way.heal();
      return recovered(cluster, traffic, 'one server parted, a rollout aborted', withdrawn);
    }),
  ],
};

async function recovered(
  cluster: Cluster,
  traffic: Traffic,
  what: string,
  { note, faults }: { note: string; faults: readonly string[] } = { note: '', faults: [] },
): Promise<Row> {
  const ended = performance.now();
  await cluster.isWell();
  await traffic.reported(30);
  const seconds = ((performance.now() - ended) / 1000).toFixed(1);
  const notes = [...(note === '' ? [] : [note]), `well again after ${seconds} s`].join('; ');
  return traffic.end(what, notes, { reportsRefused: true }, faults);
}

async function publishesAfter(cluster: Cluster): Promise<Row> {
  const id = await cluster.publish(1, { version: cluster.nextVersion() });
  await sleep(2_000);
  const faults: string[] = [];
  for (const [index] of cluster.members.entries()) {
    const { body } = await cluster.client(index).check({ device_id: 50 + index });
    if (body.firmware_id !== id) faults.push(`server ${index} offers ${JSON.stringify(body)}`);
  }
  return rowOf('a release published on the new primary, 2 s later', cluster.members.length, faults);
}

interface Aborting {
  /** Aborts the rollout through another server than the parted one. @returns until when that one offered it */
  abort(): Promise<{ note: string; faults: readonly string[] }>;
}

/** A rollout that a device was admitted to at the server that will be parted, and of which it hears again and again. */
async function beginRollout(cluster: Cluster): Promise<Aborting> {
  const device_type = 'lamp';
  const question = { device_id: 77, device_type };
  const firmwareId = await cluster.publish(1, { device_type, version: '2.0.0', is_stable: false });
  // So that there is somebody to roll out to.
  await cluster.client(0).check(question);
  await sleep(2_000);
  const { body: rollout } = await cluster
    .client(1)
    .admin('POST', '/rollouts', { body: { firmware_id: firmwareId, ramp: 'all' } });
  const act = async (action: string): Promise<void> => {
    const { status, bytes } = await cluster
      .client(1)
      .admin('POST', `/rollouts/${String(rollout.id)}/${action}`);
    if (status !== 200) throw new Error(`${action}: ${bytes.toString()}`);
  };
  await act('start');
  const isOffered = async (): Promise<boolean> =>
    (await cluster.client(0).check(question)).body.firmware_id === firmwareId;
  const giveUp = performance.now() + 30_000;
  while (!(await isOffered())) {
    if (performance.now() > giveUp) throw new Error('The rollout was never offered.');
    await sleep(200);
  }
  return {
    abort: async () => {
      await act('abort');
      const aborted = performance.now();
      let last: number | null = null;
      let asked = 0;
      while (performance.now() - aborted < (MAX_CATALOG_AGE_SECONDS + 5) * 1_000) {
        asked += 1;
        if (await isOffered()) last = performance.now();
        await sleep(50);
      }
      const seconds = last === null ? 0 : (last - aborted) / 1_000;
      const tooLong = seconds > MAX_CATALOG_AGE_SECONDS + 0.5;
      return {
        note: `offered for ${seconds.toFixed(1)} s after it was aborted (${asked} checks of a device in it)`,
        faults: tooLong ? [`the aborted rollout was offered for ${seconds.toFixed(1)} s`] : [],
      };
    },
  };
}
