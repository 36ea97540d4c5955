import type { Section } from '../chaos/lib/report.js';
import { Traffic } from './lib/traffic.js';
import { withCluster } from './lib/with-cluster.js';

const ROUNDS = 2;

export const restart: Section = {
  name: 'restart',
  title: 'Rolling restart under load',
  explanation:
    'Each of three servers is stopped (SIGTERM) and started again in turn, while devices check, download and report through the ' +
    'balancer. Not one request may fail, be refused or be broken off.',
  run: (progress) =>
    withCluster(async (cluster) => {
      const traffic = await Traffic.start(cluster);
      const faults: string[] = [];
      for (let n = 0; n < ROUNDS * cluster.members.length; n++) {
        const index = n % cluster.members.length;
        const fault = await cluster.restart(index);
        if (fault !== null) faults.push(fault);
        progress(`server ${index} was restarted`);
      }
      await cluster.isWell();
      return [
        await traffic.end(`${ROUNDS * cluster.members.length} servers restarted in turn`, '', {}, faults),
      ];
    }),
};
