import { accessMatrix } from '../support/access-matrix.js';
import { LANES, startTestApp } from '../support/test-app.js';
import { revocations } from './access/revocations.js';
import type { Row, Section } from './lib/report.js';
import { withTestPostgres } from './lib/test-postgres.js';

export const access: Section = {
  name: 'access',
  title: 'Access',
  explanation:
    'Every operation of the OpenAPI document is asked with every kind of credentials, through the device lane and around it, ' +
    'with DEVICE_AUTH=required. Who belongs there is let in; everybody else gets 401, or 403 for a missing role and for ' +
    "another device's token. The note says how many were refused. Then what is revoked on one server is used on another at " +
    'the same time: nothing may be accepted later than a second after it was committed.',
  run: (progress) =>
    withTestPostgres(async () => {
      const rows: Row[] = [];
      for (const [way, env] of LANES) {
        const app = await startTestApp({ env: { ...env, DEVICE_AUTH: 'required' } });
        const matrix = await accessMatrix(app);
        await app.close();
        progress(`${matrix.length} kinds of credentials ${way}`);
        for (const { credential, tried, refused, faults } of matrix) {
          const what = `${credential}, ${way}`;
          rows.push({ what, tried, asExpected: tried - faults.length, note: `${refused} refused`, faults });
        }
      }
      return [...rows, ...(await revocations(progress))];
    }),
};
