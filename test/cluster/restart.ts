import type { Section } from '../chaos/lib/report.js';
import { Traffic } from './lib/traffic.js';
import { withCluster } from './lib/with-cluster.js';

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
      for (const [index] of cluster.members.entries()) {
        const fault = await cluster.restart(index);
        if (fault !== null) faults.push(fault);
        progress(`server ${index} was restarted`);
      }
      await cluster.isWell();
      return [await traffic.end('three servers restarted in turn', '', {}, faults)];
    }),
};
