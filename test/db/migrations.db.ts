import { readdirSync } from 'node:fs';
import { DataSource, type MigrationInterface } from 'typeorm';
import { schemaDataSourceOptions } from '../../src/database/data-source.js';
import { MIGRATIONS } from '../../src/database/schema.js';
import { findDrift, migrateDown, migrateUp } from '../../src/database/migrator.js';
import { ORIGINAL_SYSTEM } from '../support/original-system.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';

const NAMES = MIGRATIONS.map((Migration) => new Migration().name ?? '');
/** Of a device that the original system knew by its log: one attempt and no check. */
const NOTHING_SAID = {
  withheld_reason: null,
  withheld_by: null,
  last_address: null,
  version_sort_key: null,
  last_checked_at: null,
  elf_sha256: null,
  check_interval: null,
  learnt_interval: null,
  recent_boot_ids: null,
  boot_ids_alternated_at: null,
  accepts_downgrade: null,
  own_attributes: null,
  name: null,
  folded_name: null,
  channel: 'stable',
  tags: [],
  notes: null,
  operator_attributes: null,
};
const valuesOf = (row: object): unknown[] => Object.values(row);
/** The migrations' own book, which is there before the first of them and stays after the last. */
const BOOK = 'schema_migration';

describe('the names of migrations', () => {
  it('are numbered without a gap, in their names as in those of their files', () => {
    const numbers = readdirSync('migrations')
      .filter((file) => file.endsWith('.ts'))
      .map((file) => Number(file.slice(0, 4)));
    expect(NAMES.map((name) => Number(/\d{13}$/.exec(name)?.[0]))).toEqual(numbers);
    expect(numbers).toEqual(numbers.map((_, index) => 4 + index));
  });
});

describe('the migrations', () => {
  let database: TestDatabase;

  const query: TestDatabase['query'] = (sql, values) => database.query(sql, values);
  const up = (): Promise<string[]> => migrateUp(database.url);
  const down = (): Promise<string | null> => migrateDown(database.url);

  /** As a server of an older version would, which knows the first migrations only. */
  const upTo = async (count: number): Promise<void> => {
    const options = schemaDataSourceOptions(database.url);
    const migrations = (options.migrations as (new () => MigrationInterface)[]).slice(0, count);
    const dataSource = await new DataSource({ ...options, migrations }).initialize();
    await dataSource.runMigrations({ transaction: 'all' });
    await dataSource.destroy();
  };

  const downTo = async (count: number): Promise<void> => {
    for (let applied = (await applicable()).length; applied > count; applied--) await down();
  };

  const hasBook = async (): Promise<boolean> => {
    const rows = await query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [BOOK]);
    return rows[0]!.exists;
  };
  const applicable = (): Promise<{ name: string }[]> => query(`SELECT name FROM ${BOOK}`);

  const schema = async (): Promise<string[]> => {
    const rows = await query<{ line: string }>(
      `
      SELECT concat_ws(' ', 'column', table_name, column_name, data_type, character_maximum_length,
                       'null:', is_nullable, 'default:', column_default, collation_name) AS line
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> $1
      UNION ALL
      SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> $1
      UNION ALL
      SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> $1
      UNION ALL
      SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
      UNION ALL
      SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL
      SELECT concat_ws(' ', 'sequence', sequencename, data_type, max_value) FROM pg_sequences
       WHERE schemaname = 'public' AND sequencename <> $1 || '_id_seq'
      UNION ALL
      SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_'
       ORDER BY 1`,
      [BOOK],
    );
    return rows.map(({ line }) => line);
  };

  /** Every row of every table. */
  const content = async (): Promise<Record<string, unknown[]>> => {
    const tables = await query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> $1 ORDER BY 1`,
      [BOOK],
    );
    const all: Record<string, unknown[]> = {};
    for (const { name } of tables) {
      const rows = await query<{ row: string }>(`SELECT t::text AS row FROM ${name} t ORDER BY 1`);
      all[name] = rows.map(({ row }) => row);
    }
    return all;
  };

  afterEach(() => database.drop());

  describe('on an empty database', () => {
    beforeEach(async () => {
      database = await createEmptyDatabase();
    });

    it('each goes down and up again', async () => {
      let before = await schema();
      for (const [index, name] of NAMES.entries()) {
        await upTo(index + 1);
        const after = await schema();
        expect({ name, after }).not.toEqual({ name, after: before });

        await expect(down()).resolves.toBe(name);
        expect({ name, undone: await schema() }).toEqual({ name, undone: before });
        await upTo(index + 1);
        expect({ name, redone: await schema() }).toEqual({ name, redone: after });
        before = after;
      }
    }, 120_000);

    it('all go up, are up to date, and go down one by one', async () => {
      const nothing = await schema();
      await expect(up()).resolves.toEqual(NAMES);
      await expect(up()).resolves.toEqual([]);
      for (const name of NAMES.toReversed()) await expect(down()).resolves.toBe(name);
      await expect(down()).resolves.toBeNull();
      expect(await schema()).toEqual(nothing);
    });

    it('have nothing to take back before the first', async () => {
      const nothing = await schema();
      await expect(down()).resolves.toBeNull();
      expect(await schema()).toEqual(nothing);
    });

    it('take turns when servers start together', async () => {
      const applied = await Promise.all([up(), up(), up()]);
      expect(applied.flat()).toEqual(NAMES);
      expect((await applicable()).map(({ name }) => name)).toEqual(NAMES);
    });

    it('0004 makes the tables of the original system', async () => {
      await upTo(1);
      const columns = async (table: string): Promise<unknown[]> =>
        (
          await query(
            `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
               FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1
              ORDER BY ordinal_position`,
            [table],
          )
        ).map(valuesOf);

      expect(await columns('firmware')).toEqual([
        ['id', 'integer', null, 'NO', "nextval('firmware_id_seq'::regclass)"],
        ['device_type', 'character varying', 50, 'NO', null],
        ['version', 'character varying', 20, 'NO', null],
        ['build_number', 'integer', null, 'NO', null],
        ['filename', 'character varying', 255, 'NO', null],
        ['file_size', 'integer', null, 'NO', null],
        ['file_hash', 'character varying', 64, 'NO', null],
        ['binary_path', 'character varying', 500, 'NO', null],
        ['description', 'text', null, 'YES', null],
        ['release_notes', 'text', null, 'YES', null],
        ['is_stable', 'boolean', null, 'NO', 'false'],
        ['is_active', 'boolean', null, 'NO', 'true'],
        ['min_current_version', 'character varying', 20, 'YES', null],
        ['created_at', 'timestamp without time zone', null, 'NO', null],
        ['updated_at', 'timestamp without time zone', null, 'NO', null],
        ['released_at', 'timestamp without time zone', null, 'YES', null],
      ]);
      expect(await columns('device_ota_log')).toEqual([
        ['id', 'integer', null, 'NO', "nextval('device_ota_log_id_seq'::regclass)"],
        ['device_id', 'integer', null, 'NO', null],
        ['firmware_id', 'integer', null, 'NO', null],
        ['status', 'character varying', 20, 'NO', null],
        ['error_message', 'text', null, 'YES', null],
        ['bytes_downloaded', 'integer', null, 'NO', '0'],
        ['download_started_at', 'timestamp without time zone', null, 'YES', null],
        ['download_completed_at', 'timestamp without time zone', null, 'YES', null],
        ['installed_at', 'timestamp without time zone', null, 'YES', null],
        ['created_at', 'timestamp without time zone', null, 'NO', null],
        ['updated_at', 'timestamp without time zone', null, 'NO', null],
      ]);

      const indexes = await query(
        `SELECT tablename, indexname, indexdef ~ '^CREATE UNIQUE' AS is_unique,
                substring(indexdef FROM '\\((.*)\\)') AS columns
           FROM pg_indexes WHERE tablename IN ('firmware', 'device_ota_log') ORDER BY 1 DESC, 2`,
      );
      expect(indexes.map(valuesOf)).toEqual([
        ['firmware', 'firmware_pkey', true, 'id'],
        ['firmware', 'ix_firmware_device_type', false, 'device_type'],
        ['firmware', 'ix_firmware_filename', true, 'filename'],
        ['device_ota_log', 'device_ota_log_pkey', true, 'id'],
        ['device_ota_log', 'ix_device_ota_log_device_id', false, 'device_id'],
        ['device_ota_log', 'ix_device_ota_log_firmware_id', false, 'firmware_id'],
      ]);

      const keys = await query(
        `SELECT conrelid::regclass::text AS on, conname, pg_get_constraintdef(oid) AS is
           FROM pg_constraint WHERE contype NOT IN ('p', 'n') AND connamespace = 'public'::regnamespace`,
      );
      expect(keys.map(valuesOf)).toEqual([
        [
          'device_ota_log',
          'device_ota_log_firmware_id_fkey',
          'FOREIGN KEY (firmware_id) REFERENCES firmware(id)',
        ],
      ]);
    });
  });

  describe('on a database of the original system', () => {
    beforeEach(async () => {
      database = await createEmptyDatabase();
      // Where the session's zone is mistaken for the zone of the times, they shift; some do not even exist there.
      await query(
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone TO ''America/New_York''', current_database()); END $$`,
      );
      await query(ORIGINAL_SYSTEM);
    });

    it('carry the rows over', async () => {
      await expect(up()).resolves.toEqual(NAMES);

      const utc = (iso: string): Date => new Date(iso);
      const noText = { description: null, release_notes: null };
      expect(await query('SELECT * FROM firmware ORDER BY id')).toEqual([
        {
          id: 1,
          device_type: 'sensor',
          version: '1.0.0',
          version_sort_key: 'b1b0b03b0',
          build_number: 1,
          filename: 'sensor-1.0.0.bin',
          file_size: 1000,
          file_hash: 'ab'.repeat(32),
          binary_path: '/sensor/v1.0.0.bin',
          ...noText,
          image: null,
          pruned_at: null,
          is_stable: true,
          is_active: true,
          min_current_version: null,
          offer_to_unparsable: false,
          created_at: utc('2024-03-10T02:30:00.123Z'),
          updated_at: utc('2024-03-11T00:00:00Z'),
          released_at: utc('2024-03-12T12:00:00Z'),
        },
        {
          id: 3,
          device_type: 'sensor',
          version: '1.10.0-rc.1',
          version_sort_key: 'b1c10b02rc!1b10b0',
          build_number: 1,
          filename: 'sensor-1.10.0-rc.1.bin',
          file_size: 2_147_483_647,
          file_hash: '0c'.repeat(32),
          binary_path: 'sensor/v1.10.0-rc.1.bin',
          description: 'Größer',
          release_notes: 'Notes',
          image: null,
          pruned_at: null,
          is_stable: false,
          is_active: true,
          min_current_version: '1.0.0',
          offer_to_unparsable: false,
          created_at: utc('2024-11-03T01:30:00Z'),
          updated_at: utc('2024-11-03T01:30:00Z'),
          released_at: null,
        },
        {
          id: 4,
          device_type: 'scale',
          version: 'v2',
          version_sort_key: 'b2b0b03b0',
          build_number: 7,
          filename: 'scale.bin',
          file_size: 3000,
          file_hash: 'ff'.repeat(32),
          binary_path: 'scale/vv2.bin',
          ...noText,
          image: null,
          pruned_at: null,
          is_stable: true,
          is_active: false,
          min_current_version: null,
          offer_to_unparsable: false,
          created_at: utc('2024-05-01T00:00:00Z'),
          updated_at: utc('2024-05-01T00:00:00Z'),
          released_at: null,
        },
      ]);

      expect(await query('SELECT * FROM device_ota_log ORDER BY id')).toEqual([
        {
          id: 1,
          device_id: 7,
          firmware_id: 4,
          status: 'failed',
          error_message: 'Out of memory',
          bytes_downloaded: 10,
          download_started_at: null,
          download_completed_at: null,
          installed_at: null,
          repeated_ends: null,
          created_at: utc('2024-06-01T08:00:00Z'),
          updated_at: utc('2024-06-01T08:00:05Z'),
        },
        {
          id: 2,
          device_id: 7,
          firmware_id: 1,
          status: 'installed',
          error_message: null,
          bytes_downloaded: 1000,
          download_started_at: utc('2024-06-02T08:00:00Z'),
          download_completed_at: utc('2024-06-02T08:01:00Z'),
          installed_at: utc('2024-06-02T08:02:00Z'),
          repeated_ends: null,
          created_at: utc('2024-06-02T07:59:00Z'),
          updated_at: utc('2024-06-02T08:02:00Z'),
        },
        {
          id: 3,
          device_id: 2_147_483_647,
          firmware_id: 3,
          status: 'downloading',
          error_message: null,
          bytes_downloaded: 0,
          download_started_at: utc('2024-07-01T00:00:00Z'),
          download_completed_at: null,
          installed_at: null,
          repeated_ends: null,
          created_at: utc('2024-07-01T00:00:00Z'),
          updated_at: utc('2024-07-01T00:00:00Z'),
        },
      ]);

      expect(await query('SELECT * FROM device ORDER BY id')).toEqual([
        {
          id: 7,
          device_type: 'sensor',
          current_version: null,
          current_build: null,
          offered_firmware_id: null,
          update_successes: null,
          first_seen_at: utc('2024-06-01T08:00:00Z'),
          last_seen_at: utc('2024-06-02T08:02:00Z'),
          is_confirmed: false,
          ...NOTHING_SAID,
          update_firmware_id: null,
          update_status: null,
          update_changed_at: null,
          is_rolled_back: false,
        },
        {
          id: 2_147_483_647,
          device_type: 'sensor',
          current_version: null,
          current_build: null,
          offered_firmware_id: null,
          update_successes: null,
          first_seen_at: utc('2024-07-01T00:00:00Z'),
          last_seen_at: utc('2024-07-01T00:00:00Z'),
          is_confirmed: false,
          ...NOTHING_SAID,
          update_firmware_id: 3,
          update_status: 'downloading',
          update_changed_at: utc('2024-07-01T00:00:00Z'),
          is_rolled_back: false,
        },
      ]);
    });

    it('let the ids go on, beyond what an integer holds', async () => {
      await up();
      const next = await query(
        `SELECT nextval('firmware_id_seq') AS firmware, nextval('device_ota_log_id_seq') AS log`,
      );
      expect(next).toEqual([{ firmware: 5, log: 4 }]);
      await query(
        `SELECT setval('firmware_id_seq', 2147483647), setval('device_ota_log_id_seq', 2147483647)`,
      );
      const beyond = await query(
        `INSERT INTO firmware (device_type, version, version_sort_key, build_number, filename, file_size, file_hash,
                               binary_path)
         VALUES ('sensor', '2.0.0', '', 1, 'sensor-1.0.0.bin', 3000000000, '', '') RETURNING id`,
      );
      expect(beyond).toEqual([{ id: 2_147_483_648 }]);
    });

    it('leave the tables of others alone', async () => {
      const others = async (): Promise<unknown> => {
        const { tenant, alembic_version } = await content();
        const lines = (await schema()).filter((line) => /\b(tenant|alembic_version)/.test(line));
        return { tenant, alembic_version, lines };
      };
      const before = await others();
      await up();
      expect(await others()).toEqual(before);
      await downTo(0);
      expect(await others()).toEqual(before);
      expect(before).toMatchObject({ alembic_version: ['(0004_firmware_ota)'] });
    });

    it('lead back to what the original system can work on', async () => {
      const [schemaBefore, before] = [await schema(), await content()];
      await up();
      await downTo(1);
      expect(await schema()).toEqual(schemaBefore);
      const lowerCase = (rows: unknown[] = []): unknown[] =>
        rows.map((row) => String(row).replace(/(AB){32}|(Ff){32}/, (hash) => hash.toLowerCase()));
      expect(await content()).toEqual({ ...before, firmware: lowerCase(before['firmware']) });
      await expect(up()).resolves.toEqual(NAMES.slice(1));
    });

    it('end up with the schema of a new database, whatever the foreign key was called', async () => {
      await query(
        'ALTER TABLE device_ota_log RENAME CONSTRAINT device_ota_log_firmware_id_fkey TO "FK ""of"" theirs"',
      );
      const isOfTheirs = (line: string): boolean => !/\b(tenant|alembic_version)/.test(line);
      await up();
      const adopted = (await schema()).filter(isOfTheirs);
      await database.drop();
      database = await createEmptyDatabase();
      await up();
      expect(adopted).toEqual(await schema());
    });

    const anotherRow = (device: string, build: number, filename: string): string =>
      `INSERT INTO firmware (device_type, version, build_number, filename, file_size, file_hash, binary_path,
                             created_at, updated_at)
       VALUES ('${device}', '1.0.0', ${build}, '${filename}', 1, '', '', now(), now())`;

    it('refuse releases that are registered twice, with a list of them', async () => {
      for (const sql of [
        anotherRow('sensor', 1, 'twice.bin'),
        anotherRow('sensor', 1, 'thrice.bin'),
        anotherRow('sensor', 2, 'single.bin'),
        anotherRow('pump', 3, 'pump.bin'),
        anotherRow('pump', 3, 'pump-again.bin'),
      ])
        await query(sql);
      const before = [await schema(), await content()];

      const refusal = await up().catch((error: unknown) => error);
      expect(refusal).toMatchObject({
        name: 'MigrationRefused',
        message:
          'A release is registered more than once. Nothing was changed. Of each line below keep one row and delete ' +
          'the others or change their build_number, then start again:\n' +
          '- pump 1.0.0 build 3: ids 8, 9\n' +
          '- sensor 1.0.0 build 1: ids 1, 5, 6',
      });
      expect([await schema(), await content()]).toEqual(before);
      expect(await hasBook()).toBe(false);

      await query('DELETE FROM firmware WHERE id IN (5, 6, 9)');
      await expect(up()).resolves.toEqual(NAMES);
    });

    it.each([
      [
        'tables that differ, with all the differences',
        `ALTER TABLE firmware ALTER COLUMN file_size TYPE bigint, ALTER COLUMN file_hash DROP NOT NULL,
           ALTER COLUMN is_active SET DEFAULT false, ADD COLUMN owner text, DROP COLUMN description;
         DROP INDEX ix_firmware_filename;
         ALTER TABLE device_ota_log ALTER COLUMN status TYPE varchar(30), ADD CHECK (bytes_downloaded >= 0),
           DROP CONSTRAINT device_ota_log_firmware_id_fkey,
           ADD FOREIGN KEY (firmware_id) REFERENCES firmware (id) ON DELETE CASCADE`,
        [
          'firmware: column file_size is "bigint not null", expected "integer not null"',
          'firmware: column file_hash is "character varying(64)", expected "character varying(64) not null"',
          'firmware: column is_active is "boolean not null default false", expected "boolean not null default true"',
          'firmware: column owner is not expected (text)',
          'firmware: column description is missing (text)',
          'firmware: index ix_firmware_filename is missing ' +
            '(CREATE UNIQUE INDEX ix_firmware_filename ON firmware USING btree (filename))',
          'device_ota_log: column status is "character varying(30) not null", expected "character varying(20) not null"',
          'device_ota_log: constraint CHECK ((bytes_downloaded >= 0)) is not expected (CHECK ((bytes_downloaded >= 0)))',
          'device_ota_log: constraint FOREIGN KEY (firmware_id) REFERENCES firmware(id) is missing ' +
            '(FOREIGN KEY (firmware_id) REFERENCES firmware(id))',
          'device_ota_log: constraint FOREIGN KEY (firmware_id) REFERENCES firmware(id) ON DELETE CASCADE ' +
            'is not expected (FOREIGN KEY (firmware_id) REFERENCES firmware(id) ON DELETE CASCADE)',
        ],
      ],
      ['no log', 'DROP TABLE device_ota_log', ['table device_ota_log is missing']],
      [
        'no firmware',
        'DROP TABLE firmware CASCADE',
        [
          'table firmware is missing',
          'device_ota_log: constraint FOREIGN KEY (firmware_id) REFERENCES firmware(id) is missing ' +
            '(FOREIGN KEY (firmware_id) REFERENCES firmware(id))',
        ],
      ],
    ])('refuse %s', async (_what, sql, findings) => {
      await query(sql);
      const before = [await schema(), await content()];

      const refusal = await up().catch((error: unknown) => error as Error);
      expect(refusal).toHaveProperty('name', 'MigrationRefused');
      const [sentence, ...said] = (refusal as Error).message.split('\n- ');
      expect(sentence).toBe(
        'This database has tables named firmware or device_ota_log that are not those of the original system. ' +
          'Nothing was changed. Rename them, or set DATABASE_URL to another database. The differences:',
      );
      expect(said.sort()).toEqual(findings.toSorted());
      expect([await schema(), await content()]).toEqual(before);
      expect(await hasBook()).toBe(false);
    });
  });

  describe('on a migrated database', () => {
    beforeEach(async () => {
      database = await createTestDatabase();
    });

    const insertFirmware = (changes: Record<string, unknown>): Promise<unknown> => {
      const row = {
        id: 1,
        device_type: 'sensor',
        version: '1.0.0',
        version_sort_key: '',
        build_number: 1,
        filename: 'sensor.bin',
        file_size: 1,
        file_hash: '',
        binary_path: '',
        ...changes,
      };
      const places = Object.keys(row).map((_, index) => `$${index + 1}`);
      return query(
        `INSERT INTO firmware (${Object.keys(row).join()}) VALUES (${places.join()})`,
        Object.values(row),
      );
    };

    it('do not go down, and change nothing, where rows do not fit the older types', async () => {
      const unfit: [Record<string, unknown>[], RegExp][] = [
        [[{ version: `1.0.0-${'a'.repeat(26)}` }], /too long.*varying\(20\)/],
        [[{ min_current_version: `1.0.0-${'a'.repeat(26)}` }], /too long.*varying\(20\)/],
        [[{ file_size: 3_000_000_000 }], /integer out of range/],
        [[{ id: 3_000_000_000 }], /integer out of range/],
        [[{}, { id: 2, build_number: 2 }], /ix_firmware_filename/],
      ];
      await downTo(2);
      for (const [rows, reason] of unfit) {
        await query('DELETE FROM firmware');
        for (const row of rows) await insertFirmware(row);
        const before = [await schema(), await content(), await applicable()];
        await expect(down()).rejects.toThrow(reason);
        expect([await schema(), await content(), await applicable()]).toEqual(before);
      }
      await query('DELETE FROM firmware');
      await insertFirmware({ version: `1.0.0-${'a'.repeat(14)}` });
      await expect(down()).resolves.toBe(NAMES[1]);
    });

    it('0013 gives versions their place that could not be ordered before', async () => {
      await downTo(9);
      const versions = ['1.0', 'v2', '1.0.0.4', 'latest', '1.0.0'];
      for (const [index, version] of versions.entries()) {
        await insertFirmware({ id: index + 1, version, version_sort_key: version === '1.0.0' ? 'kept' : '' });
      }
      await up();
      const rows = await query<{ version_sort_key: string }>(
        'SELECT version_sort_key FROM firmware ORDER BY id',
      );
      const keys = ['b1b0b03b0', 'b2b0b03b0', 'b1b0b04b43b0', '', 'kept'];
      expect(rows.map((row) => row.version_sort_key)).toEqual(keys);
    });

    it('agree with the entities, and asking changes nothing', async () => {
      const before = await schema();
      await expect(findDrift(database.url)).resolves.toEqual([]);
      expect(await schema()).toEqual(before);
    });

    it('differ from the entities by everything that was changed by hand', async () => {
      const byHand: [string, RegExp][] = [
        ['ALTER TABLE device ADD COLUMN owner text', /"device" DROP COLUMN "owner"/],
        ['ALTER TABLE firmware DROP COLUMN release_notes', /"firmware" ADD "release_notes" text/],
        ['ALTER TABLE device ALTER COLUMN current_build TYPE bigint', /"device".*"current_build"/],
        ['ALTER TABLE device ALTER COLUMN device_type TYPE varchar(60)', /"device".*"device_type".*\(50\)/],
        ['ALTER TABLE firmware ALTER COLUMN is_stable DROP DEFAULT', /"is_stable" SET DEFAULT false/],
        ['ALTER TABLE firmware ALTER COLUMN filename DROP NOT NULL', /"filename" SET NOT NULL/],
        ['DROP INDEX ix_device_ota_log_unsuccessful', /CREATE INDEX "ix_device_ota_log_unsuccessful"/],
        [
          'ALTER TABLE device_ota_log DROP CONSTRAINT fk_device_ota_log_device',
          /ADD CONSTRAINT "fk_device_ota_log_device" FOREIGN KEY/,
        ],
        [
          'ALTER TABLE firmware DROP CONSTRAINT uq_firmware_release',
          /ADD CONSTRAINT "uq_firmware_release" UNIQUE/,
        ],
      ];
      await query(byHand.map(([sql]) => sql).join(';'));
      const drift = (await findDrift(database.url)).join(';\n');
      for (const [, cure] of byHand) expect(drift).toMatch(cure);
    });
  });
});
