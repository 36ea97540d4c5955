import { readConfig } from '../src/server/read-config.js';
import { copyDatabase } from '../src/database/copy-database.js';
import { openDatabase } from '../src/database/open-database.js';

const USAGE =
  'Usage: npm run database:copy -- postgres://user:password@host:5432/database\n' +
  'Copies the configured database (the embedded one, or DATABASE_URL) to an empty one. Stop the server first.';

/** `npm run database:copy -- URL` exits with code 1 and the reason if it fails, with 2 after a usage error. */
async function main([targetUrl]: readonly string[]): Promise<void> {
  if (targetUrl === undefined || !/^postgres(ql)?:\/\//.test(targetUrl)) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  const source = await openDatabase(readConfig());
  try {
    await copyDatabase(source.url, targetUrl, (table) => process.stdout.write(`${table}\n`));
    process.stdout.write('Copied. Set DATABASE_URL to the new database and start the server.\n');
  } finally {
    await source.close();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
