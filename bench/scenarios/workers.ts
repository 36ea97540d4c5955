import { someBytes } from '../../test/support/http-client.js';
import { compare, type Measurement, type RoundLoad } from '../lib/compare.js';
import { startOtaServer, withSubjects } from '../lib/ota-server.js';
import { capacities, CORES, sharesOf } from '../lib/shares.js';
import { ratioOf, type Ratio, type ScenarioResult } from '../lib/report.js';
import { checks } from './check.js';
import { rangesOf } from './download.js';
import { publishReleases, reports } from './status.js';

const IMAGE_BYTES = 1_500_000;

interface Kind {
  readonly name: string;
  readonly connections: number;
  readonly requests: RoundLoad['requests'];
}

/** The same server with one worker and with two, and how server, PostgreSQL and load share the cores meanwhile. */
export async function workers(): Promise<ScenarioResult> {
  const one = await startOtaServer('1 worker');
  const two = await startOtaServer('2 workers', { WORKERS: '2' });
  return withSubjects([one, two], async (subjects) => {
    const image = someBytes(IMAGE_BYTES);
    let path = '';
    for (const { client } of subjects) {
      await publishReleases(client);
      const { body } = await client.publish(image, { version: '99.0.0' });
      path = `/api/ota/download/${body.id}`;
    }
    const measurements: Measurement[] = [];
    const ratios: Ratio[] = [];
    const notes: string[] = [];
    for (const { name, connections, requests } of kinds(path)) {
      const named = subjects.map((subject) => ({ ...subject, name: `${name}, ${subject.name}` }));
      const [single, pair] = await compare(named, { connections, requests, isLean: true });
      if (!single || !pair) continue;
      measurements.push(single, pair);
      ratios.push(ratioOf(pair, single, 'perSecond', null), ratioOf(pair, single, 'cpuMicros', null));
      notes.push(sharesOf(single), sharesOf(pair), capacities(name, single, pair));
    }
    return {
      scenario: 'workers',
      setting: `one worker and two, ${CORES} cores that the load shares`,
      measurements,
      ratios,
      notes,
    };
  });
}

/** @param path of the image, the same on both */
function kinds(path: string): Kind[] {
  return [
    { name: 'check', connections: 64, requests: checks(1_000) },
    { name: 'status', connections: 256, requests: reports },
    { name: 'ranges', connections: 64, requests: rangesOf(path, IMAGE_BYTES) },
  ];
}
