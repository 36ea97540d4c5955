import { rmSync } from 'node:fs';

export default async function globalTeardown() {
  if (!globalThis.testPostgres) return;
  const { dataDir, postgres } = globalThis.testPostgres;
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
