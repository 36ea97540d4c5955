import { DataSource } from 'typeorm';
import { AuditRepository } from '../../src/audit/audit.repository.js';
import { CutSignatures } from '../../src/audit/cut-signature.js';
import { verifyAuditLog } from '../../src/audit/verify-audit-log.js';
import { FIRST_HASH } from '../../src/domain/audit-chain.js';
import type { FsckReport } from '../../src/domain/upkeep-reports.js';
import { FirmwareStore } from '../../src/storage/firmware-store.js';
import { Fsck } from '../../src/upkeep/fsck.js';
import { addOldRows, beginLog, DAYS_AGO } from '../support/audit.js';
import { Client, someBytes } from '../support/http-client.js';
import { Ota, type Outcome } from '../support/run-ota.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const AGES = [200, 180, 160, 40, 30, 20, 10];

describe('ota audit', () => {
  let app: TestApp;
  let ota: Ota;

  beforeAll(async () => {
    app = await startTestApp();
    ota = new Ota({ OTA_SERVER: app.url, OTA_TOKEN: app.token, NO_COLOR: '1' });
  });
  beforeEach(() => beginLog(app, AGES));
  afterAll(() => app.close());

  /** With the rights of a superuser, whom no trigger stops. */
  const tamper = (sql: string): Promise<unknown> =>
    app.database.query(`DO $$ BEGIN SET LOCAL session_replication_role = replica; ${sql}; END $$`);
  const verify = (...args: string[]): Promise<Outcome> => ota.run(['audit', 'verify', ...args]);
  const fsck = (): Promise<FsckReport> =>
    new Fsck(app.nest.get(DataSource), app.nest.get(FirmwareStore)).run(false);
  const headOf = async (): Promise<string> => {
    const { last_id, last_hash } = JSON.parse((await verify()).stdout) as {
      last_id: number;
      last_hash: string;
    };
    return `${last_id}:${last_hash}`;
  };

  it('lists rows in 80 columns, as JSON and as TSV', async () => {
    const client = new Client(app);
    const { body } = await client.publish(someBytes(100));
    await client.admin('PATCH', `/firmware/${body.id}`, { body: { is_stable: false } });
    const table = await ota.runOnTerminal(['audit', '--limit', '2']);
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(Math.max(...table.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(table.stdout).toMatch(/just now +admin +firmware\.change +firmware:1 +is_stable: true → false/);
    expect(table.stdout).toContain('2 of 10 rows.');
    const json = await ota.run(['audit', '--action', 'firmware.change', '--actor', 'admin']);
    expect(JSON.parse(json.stdout)).toMatchObject([{ id: 10, before: { is_stable: true } }]);
    const tsv = await ota.run(['audit', '--target', 'firmware:1', '--since', '1h', '--format', 'tsv']);
    expect(tsv.stdout.split('\n')[0]).toMatch(/^id\tat\tactor\t/);
    expect((await ota.runOnTerminal(['audit', '--actor', 'nobody'])).stdout).toBe('No matching rows.\n');
  });

  it('verifies all rows, tells the head to keep, and knows it again', async () => {
    const watched = await ota.runOnTerminal(['audit', 'verify']);
    expect(watched.code).toBe(0);
    expect(watched.stdout).toMatch(
      /^7 rows verified, 1 to 7: none was changed, removed or moved\.\nKeep this head elsewhere:\n7:[0-9a-f]{64}\n$/,
    );
    const kept = await headOf();
    await addOldRows(app, [5]);
    expect((await verify('--head', kept)).code).toBe(0);
    expect(JSON.parse((await verify('--from-id', '4')).stdout)).toMatchObject({ verified: 5, first_id: 4 });
    expect(await fsck()).toMatchObject({ auditRows: 8, findings: [] });
  });

  it.each([
    ['changed', `UPDATE audit_log SET target = 'test:2' WHERE id = 4`, 'Row 4 was changed: its hash'],
    [
      'changed back and forth in its values',
      `UPDATE audit_log SET after = '{}' WHERE id = 1`,
      'Row 1 was changed',
    ],
    ['changed at the end', `UPDATE audit_log SET at = now() WHERE id = 7`, 'Row 7 was changed: its hash'],
    ['removed in the middle', 'DELETE FROM audit_log WHERE id = 4', 'Row 4 was removed.'],
    ['removed at the beginning', 'DELETE FROM audit_log WHERE id = 1', 'Row 1 was removed.'],
    ['removed at the end', 'DELETE FROM audit_log WHERE id = 7', 'Row 7 was removed.'],
    [
      'swapped',
      `UPDATE audit_log SET id = 99 WHERE id = 3; UPDATE audit_log SET id = 3 WHERE id = 5;
       UPDATE audit_log SET id = 5 WHERE id = 99`,
      'Row 3 was moved: in its place is what was row 5.',
    ],
    [
      'removed at the beginning, head and all',
      `DELETE FROM audit_log WHERE id <= 2;
       UPDATE audit_head SET first_id = 3, previous_hash = (SELECT previous_hash FROM audit_log WHERE id = 3)`,
      'Row 2 was removed, and all before it, but not with ota audit cut.',
    ],
    ['known, but not to a head that is gone', 'DELETE FROM audit_head', 'Row 1 is not known to the head'],
  ])('names the row that was %s by a superuser', async (_, sql, reason) => {
    await tamper(sql);
    const { code, stderr, stdout } = await verify();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`ota: ${reason}`);
    expect((await fsck()).findings).toEqual([{ kind: 'audit', reason: expect.stringContaining(reason) }]);
  });

  it('finds with a kept head what was made anew, its head and all', async () => {
    const kept = await headOf();
    await tamper(`DELETE FROM audit_log WHERE id = 7; UPDATE audit_head SET last_id = 6, last_hash =
                  (SELECT hash FROM audit_log WHERE id = 6)`);
    expect((await verify()).code).toBe(0);
    expect((await verify('--head', kept)).stderr).toContain('Row 7 was removed.');
    await addOldRows(app, [3]);
    expect((await verify()).code).toBe(0);
    expect((await verify('--head', kept)).stderr).toContain(
      'Row 7 was changed: its hash is not the one that was kept',
    );
  });

  it('cuts the log at its old end, and verifies what is left', async () => {
    const [oldHead, third] = [
      await headOf(),
      (await app.database.query('SELECT hash FROM audit_log WHERE id = 3'))[0]!,
    ];
    expect((await ota.run(['audit', 'cut', '--before', '150d'])).code).toBe(2);
    const cut = await ota.run(['audit', 'cut', '--before', '150d', '--yes']);
    expect(cut).toMatchObject({ code: 0, stdout: '{"removed":3}\n' });
    expect((await ota.runOnTerminal(['audit', 'cut', '--before', '150d', '--yes'])).stdout).toBe(
      'There is nothing to remove.\n',
    );
    const left = await app.database.query<{ id: string }>('SELECT id FROM audit_log ORDER BY id');
    expect(left.map(({ id }) => Number(id))).toEqual([4, 5, 6, 7, 8]);
    const [row] = JSON.parse((await ota.run(['audit', '--action', 'audit.cut'])).stdout) as [
      { after: unknown },
    ];
    expect(row.after).toEqual({ first_id: 4, previous_hash: third['hash'], rows: 3 });
    expect(JSON.parse((await verify('--head', oldHead)).stdout)).toMatchObject({ verified: 5, first_id: 4 });
    expect((await verify('--head', `3:${third['hash'] as string}`)).code).toBe(0);
    expect(await fsck()).toMatchObject({ auditRows: 5, findings: [] });
    expect((await verify('--head', `3:${FIRST_HASH}`)).stderr).toContain('Row 3 was changed: row 4 holds');
    expect((await verify('--head', `2:${FIRST_HASH}`)).stderr).toContain('not among the rows to verify');
    await tamper('DELETE FROM audit_log WHERE id = 4; UPDATE audit_head SET first_id = 5');
    expect((await verify()).stderr).toContain('ota: Row 4 was');
  });

  it('is as it was written for fsck, too, when somebody cuts it while it is read', async () => {
    const rows = app.nest.get(AuditRepository, { strict: false });
    let pages = 0;
    const list: AuditRepository['list'] = async (...args) => {
      if ((pages += 1) === 1) await ota.run(['audit', 'cut', '--before', '150d', '--yes']);
      return rows.list(...args);
    };
    const read = { head: () => rows.head(), list };
    const signatures = app.nest.get(CutSignatures, { strict: false });
    expect(await verifyAuditLog(read, signatures, () => undefined)).toEqual({ verifiedRows: 5, fault: null });
    expect(pages).toBe(2);
  });

  it.each([
    [['verify', '--from-id', '9'], 1, 'There is no row 9: the newest is row 7.'],
    [['verify', '--head', '7'], 2, 'as this command prints them'],
    [['cut', '--yes'], 2, '--before'],
    [['cut', '--before', '10d', '--yes'], 1, 'before must be at least 90 days ago'],
    [['--since', 'never'], 2, 'how long ago'],
  ])('refuses %j', async (args, code, reason) => {
    const outcome = await ota.run(['audit', ...args]);
    expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringContaining(reason)]);
  });

  it('is not cut by anybody else', async () => {
    const sql = (text: string): Promise<unknown> => app.database.query(text);
    await expect(sql('DELETE FROM audit_log WHERE id = 1')).rejects.toThrow('only added to');
    await expect(sql('UPDATE audit_head SET first_id = 3')).rejects.toThrow('only added to');
    await expect(sql('UPDATE audit_head SET last_id = 6')).rejects.toThrow('only added to');
    await ota.run(['audit', 'cut', '--before', '150d', '--yes']);
    await expect(sql('DELETE FROM audit_log WHERE id = 4')).rejects.toThrow('only added to');
    await expect(sql('UPDATE audit_head SET first_id = 5')).rejects.toThrow('only added to');
    await expect(sql(`UPDATE audit_head SET last_hash = '${FIRST_HASH}'`)).rejects.toThrow('only added to');
    await expect(sql(`UPDATE audit_log SET at = '${DAYS_AGO(1).toISOString()}'`)).rejects.toThrow(
      'only added to',
    );
  });
});
