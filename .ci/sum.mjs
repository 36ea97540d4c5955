import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Adds up what the suites of .ci/run have left in a folder, and removes the folder: for each NAME.status with the exit code
 * there is NAME.json, a report of Jest, or NAME.output, which may say `N passed, N failed`. A run that broke down before or
 * beside its tests has failed, too. Prints `N passed, N failed` as the last line; exits with 1 if anything failed.
 */
const [folder] = process.argv.slice(2);
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.status') ? [file.slice(0, -7)] : []));
const counts = names.map((name) => {
  const isWell = readFileSync(join(folder, `${name}.status`), 'utf8').trim() === '0';
  const [passed, failed] = countsOf(name) ?? [isWell ? 1 : 0, 0];
  const count = [passed, Math.max(failed, isWell ? 0 : 1)];
  process.stdout.write(`${name}: ${count[0]} passed, ${count[1]} failed\n`);
  return count;
});
const [passed, failed] = [0, 1].map((index) => counts.reduce((sum, count) => sum + count[index], 0));
rmSync(folder, { recursive: true });
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;

function countsOf(name) {
  const report = join(folder, `${name}.json`);
  if (existsSync(report)) return countsOfJest(report);
  const output = join(folder, `${name}.output`);
  const said = existsSync(output) && readFileSync(output, 'utf8').matchAll(/^(\d+) passed, (\d+) failed$/gm);
  return said && [...said].at(-1)?.slice(1).map(Number);
}

function countsOfJest(report) {
  try {
    const all = JSON.parse(readFileSync(report, 'utf8'));
    return [all.numPassedTests, all.numFailedTests + all.numRuntimeErrorTestSuites];
  } catch {
    return null;
  }
}
