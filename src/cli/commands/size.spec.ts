import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ota } from '../../../test/support/run-ota.js';

const ota = new Ota({ NO_COLOR: '1' });
const MILLION = ['size', '--devices', '1000000', '--interval', '1h', '--image', '1.5MB', '--rollout', '24h'];

describe('ota size', () => {
  it('says what a million devices need, in lines of a terminal', async () => {
    const { code, stdout } = await ota.runOnTerminal(MILLION, 80);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Checks +278\/s, each over a new TLS connection/m);
    expect(stdout).toMatch(/^Reports +46\/s/m);
    expect(stdout).toMatch(/^Exhausted first +nothing/m);
    expect(stdout).toContain('bench/results/reference.json');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('prints rates per second and sizes in bytes for programs', async () => {
    const { stdout } = await ota.run([...MILLION, '--json']);
    const sizing = JSON.parse(stdout) as Record<string, unknown>;
    expect(sizing['checks_per_second']).toBeCloseTo(277.78);
    expect(sizing['bytes_per_release']).toBe(1.5e12);
    expect(sizing['nodes']).toMatchObject({ servers: 2, database_nodes: 1, cdn: false });
  });

  it.each([
    ['1.5MB', 1_500_000],
    ['900KB', 900_000],
    ['2MiB', 2_097_152],
    ['1500000', 1_500_000],
  ])('reads %s as a size', async (text, imageBytes) => {
    const { stdout } = await ota.run(['size', '--devices', '10', '--image', text]);
    expect(JSON.parse(stdout)).toMatchObject({ bytes_per_release: 10 * imageBytes });
  });

  it.each([
    [['--image', 'big'], 'It must be a size such as 900KB, 1.5MB or 2MiB.'],
    [['--network', '1GB'], 'It must be a rate such as 100Mbit or 1Gbit.'],
    [['--interval', '10ms'], 'It must be at least 1s.'],
  ])('refuses %j', async (options, reason) => {
    const { code, stderr } = await ota.run(['size', '--devices', '10', ...options]);
    expect(code).toBe(2);
    expect(stderr).toContain(reason);
  });

  it('calculates with the figures of another machine', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ota-size-'));
    const file = join(folder, 'mine.json');
    writeFileSync(file, JSON.stringify({ machine: {}, results: [] }));
    const { code, stderr } = await ota.run([...MILLION, '--bench', file]);
    rmSync(folder, { recursive: true });
    expect(code).toBe(1);
    expect(stderr).toContain('The results have no scenario "check": run npm run bench -- check');
    const own = ['--json', '--bench', 'bench/results/reference.json'];
    const { figures: given } = JSON.parse((await ota.run([...MILLION, ...own])).stdout) as Sized;
    const { figures: usual } = JSON.parse((await ota.run([...MILLION, '--json'])).stdout) as Sized;
    // The compiled ones have three digits.
    expect(given.report_micros / usual.report_micros).toBeCloseTo(1, 2);
  });
});

interface Sized {
  readonly figures: Readonly<Record<'report_micros', number>>;
}
