import type { Section } from '../chaos/lib/report.js';
import { runSections } from '../chaos/lib/run-sections.js';
import { clusterError } from './lib/cluster.js';
import { failover, partition, postgresStopped } from './database.js';
import { kill } from './kill.js';
import { publish } from './publish.js';
import { restart } from './restart.js';
import { endSharedCluster } from './lib/with-cluster.js';
import { upgrade } from './upgrade.js';

/**
 * `npm run test:cluster` runs all, `npm run test:cluster -- failover upgrade` these two; with `--write`, the tables of the
 * run are kept in docs/reliability.md. With STORE=s3 the servers share what FIRMWARE_STORE names. Exits with 1 when
 * anything is lost or otherwise than expected.
 */
const SECTIONS: readonly Section[] = [publish, restart, kill, postgresStopped, partition, failover, upgrade];

await runSections(SECTIONS, { whyNot: clusterError(), close: endSharedCluster });
