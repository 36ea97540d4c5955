import { someBytes } from '../../test/support/http-client.js';
import { compare, type Measurement, type RoundLoad } from '../lib/compare.js';
import { startBeside, startOtaServer, withSubjects, type OtaServer } from '../lib/ota-server.js';
import { ratioOf, type Ratio, type ScenarioResult } from '../lib/report.js';
import { capacities, CORES, sharesOf } from '../lib/shares.js';
import type { Subject } from '../lib/subject.js';
import { checks } from './check.js';
import { publishReleases, reports } from './status.js';

const ROUNDS = { rounds: 5, seconds: 3, warmUpSeconds: 2 };

interface Kind {
  readonly name: string;
  readonly connections: number;
  readonly requests: RoundLoad['requests'];
}

/** A multiple of the number of servers: requests of one device always go to the same. */
const KINDS: readonly Kind[] = [
  { name: 'check', connections: 64, requests: checks(1_024) },
  { name: 'status', connections: 256, requests: reports },
];

/**
 * What a second process is worth: as a worker of the same server, and as another server on the same database. Each server
 * has one worker otherwise, and the connections are divided evenly, as a balancer would.
 */
export async function scale(): Promise<ScenarioResult> {
  const one = await startOtaServer('one server');
  const workers = await startOtaServer('two workers', { WORKERS: '2' });
  const first = await startOtaServer('the first of two servers');
  const second = await startBeside(first, 'the second of two servers', {});
  return withSubjects([one, workers, second, first] as const, async () => {
    for (const { client } of [one, workers, first]) await prepare(client);
    const subjects = [one, workers, together(first, second)];
    const measurements: Measurement[] = [];
    const ratios: Ratio[] = [];
    const notes: string[] = [];
    for (const { name, connections, requests } of KINDS) {
      const named = subjects.map((subject) => ({ ...subject, name: `${name}, ${subject.name}` }));
      const load = { connections, requests, isLean: true };
      const [single, ...pairs] = await compare(named, load, ROUNDS);
      if (!single) continue;
      measurements.push(single, ...pairs);
      for (const pair of pairs)
        ratios.push(
          ratioOf(pair, single, 'perSecond', null),
          ratioOf(pair, single, 'cpuMicros', null),
          worthOfTwo(pair, single),
        );
      notes.push(...[single, ...pairs].map(sharesOf));
      for (const [index, pair] of pairs.entries()) {
        const names = ['with one server', `with ${subjects[index + 1]?.name ?? ''}`] as const;
        notes.push(capacities(name, single, pair, names));
      }
    }
    return {
      scenario: 'scale',
      setting:
        `one server, the same with two workers, and two servers on one database; ${CORES} cores, of which the load and ` +
        'PostgreSQL take their part',
      measurements,
      ratios,
      notes,
    };
  });
}

/** What two cores of servers would serve that had nothing else to do, beside one of them. */
const worthOfTwo = (pair: Measurement, single: Measurement): Ratio => ({
  of: `two cores of nothing but servers, ${pair.subject}, by CPU per request`,
  to: '',
  ratio: (2 * single.cpuMicros) / pair.cpuMicros,
  unit: 'times one core',
  goal: null,
});

async function prepare(client: OtaServer['client']): Promise<void> {
  await publishReleases(client, ROUNDS.rounds + 1);
  await client.publish(someBytes(1_000), { version: '99.0.0' });
}

const together = (first: OtaServer, second: Subject): Subject => ({
  name: 'two servers',
  url: first.url,
  otherUrls: [second.url],
  pids: [...first.pids, ...second.pids],
  postmasterPids: first.postmasterPids ?? [],
  stop: () => Promise.resolve(),
});
