import { notPossible, rowOf, type Section } from '../chaos/lib/report.js';
import { findVersionBefore, withBuiltVersion } from './lib/version-before.js';
import { Traffic } from './lib/traffic.js';
import { withClusterOf } from './lib/with-cluster.js';

const WHAT = 'three servers upgraded in turn';

export const upgrade: Section = {
  name: 'upgrade',
  title: 'Rolling upgrade from the version before',
  explanation:
    'Three servers of the newest commit that has fewer migrations serve devices. One after the other is replaced by this version: ' +
    'the first one migrates the database while the others go on serving. Not one request may fail, be refused or be broken off.',
  run: async (progress) => {
    const before = findVersionBefore();
    if (before === null) return [notPossible(WHAT, 'the history has no such commit')];
    progress(`the version before is ${before.commit.slice(0, 9)}: "${before.subject}"`);
    return withBuiltVersion(before.commit, (root) =>
      withClusterOf(root, async (cluster) => {
        const traffic = await Traffic.start(cluster);
        const faults: string[] = [];
        for (const [index] of cluster.members.entries()) {
          const fault = await cluster.restart(index, '.');
          if (fault !== null) faults.push(fault);
          await traffic.reported(20);
          progress(`server ${index} is of this version`);
        }
        await cluster.isWell();
        const rows = await cluster.postgres.primary.query<{ name: string }>(
          'SELECT name FROM schema_migration',
        );
        const applied = rows.filter(({ name }) => before.migrations.some((one) => name.includes(one))).length;
        const row = await traffic.end(
          WHAT,
          `from ${before.commit.slice(0, 9)}, over ${before.migrations.join(', ')}`,
          {},
          faults,
        );
        const missing =
          applied === before.migrations.length
            ? []
            : [`applied are ${rows.map(({ name }) => name).join(', ')}`];
        return [
          row,
          rowOf('migrations applied while the version before served', before.migrations.length, missing),
        ];
      }),
    );
  },
};
