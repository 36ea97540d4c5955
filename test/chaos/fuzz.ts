import { fuzz } from '../support/openapi/fuzz.js';
import { LANES, startTestApp } from '../support/test-app.js';
import type { Row, Section } from './lib/report.js';
import { withTestPostgres } from './lib/test-postgres.js';

const REQUESTS = 20_000;
/** Otherwise most answers would be that there are too many requests. */
const UNLIMITED = {
  RATE_LIMIT_ADMIN_PER_MINUTE: '0',
  RATE_LIMIT_DEVICE_PER_MINUTE: '0',
  NEW_DEVICES_PER_MINUTE: '0',
};

export const fuzzing: Section = {
  name: 'fuzz',
  title: 'Made-up requests',
  explanation:
    'Requests are made up from the OpenAPI document: valid ones, ones with one value changed, missing or added, and wild ' +
    'bytes; half of them go through the device lane and half around it. Each answer must be one that the document describes, ' +
    'none may be 5xx, take longer than 20 seconds, or show anything of the inside.',
  run: (progress) =>
    withTestPostgres(async () => {
      const rows: Row[] = [];
      for (const [way, env] of LANES) {
        const app = await startTestApp({ env: { ...env, ...UNLIMITED }, limits: { bodyTimeoutMs: 500 } });
        const seed = Date.now() % 1_000_000;
        const { sent, statuses, faults } = await fuzz(app, REQUESTS / LANES.length, seed);
        await app.close();
        const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, n]) => `${status}: ${n}`);
        const wrong = new Set(faults.map((fault) => fault.split('\n', 1)[0])).size;
        rows.push({
          what: `requests ${way}`,
          tried: sent,
          asExpected: sent - Math.min(sent, wrong),
          note: `seed ${seed}; answers ${counts.join(', ')}`,
          faults,
        });
        progress(`${sent} ${way}, ${faults.length} faults`);
      }
      return rows;
    }),
};
