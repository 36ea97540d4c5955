import { createHash } from 'node:crypto';
import { eventually } from '../support/http-client.js';
import { rowOf, type Section } from '../chaos/lib/report.js';
import { withCluster } from './lib/with-cluster.js';

const RELEASES = 9;
const device_type = 'plug';

export const publish: Section = {
  name: 'publish',
  title: 'Publish by one of three servers',
  explanation:
    'Each of three servers publishes releases in turn. Every other server must offer it within five seconds and serve exactly ' +
    'its bytes; a release that one withdraws must be offered by none within five seconds.',
  run: (progress) =>
    withCluster(async (cluster) => {
      progress('three servers serve');
      const faults: string[] = [];
      let tried = 0;
      let slowest = 0;
      const everywhere = async (what: string, holds: (index: number) => Promise<void>): Promise<void> => {
        const begun = performance.now();
        for (const [index] of cluster.members.entries()) {
          tried += 1;
          await eventually(() => holds(index), 5_000).catch((error: unknown) => {
            faults.push(`${what} at server ${index}: ${String(error)}`);
          });
        }
        slowest = Math.max(slowest, performance.now() - begun);
      };
      for (let n = 0; n < RELEASES; n++) {
        const version = `2.${n}.0`;
        const id = await cluster.publish(n % cluster.members.length, { version, device_type });
        await everywhere(`${version} is offered and served`, async (index) => {
          const client = cluster.client(index);
          const { body } = await client.check({ device_id: 100 + index, device_type });
          if (body.firmware_id !== id) throw new Error(`offered is ${JSON.stringify(body)}`);
          const { status, bytes } = await client.download(id);
          const hash = createHash('sha256').update(bytes).digest('hex');
          if (status !== 200 || hash !== body.file_hash) throw new Error(`${status}, ${hash}`);
        });
        if (n % 2 === 0) continue;
        await cluster.client((n + 1) % cluster.members.length).admin('DELETE', `/firmware/${id}`);
        await everywhere(`${version} is withdrawn`, async (index) => {
          const { body } = await cluster.client(index).check({ device_id: 100 + index, device_type });
          if (body.firmware_id === id) throw new Error('it is still offered');
        });
      }
      return [
        rowOf(
          'publish and withdraw',
          tried,
          faults,
          `known by all three after ${slowest.toFixed(0)} ms at most`,
        ),
      ];
    }),
};
