import type pg from 'pg';
import { withMigrationLock } from '../src/database/migration-lock.js';
import { newPgClient } from '../src/database/pg-client.js';

/** The database cannot be distributed; the message says why and what to do. */
export class NotDistributable extends Error {
  override readonly name = 'NotDistributable';
}

const TRIGGERS: Readonly<Record<string, readonly string[]>> = {
  device_ota_log: ['insert', 'update', 'delete', 'truncate'].map((event) => `count_attempts_on_${event}`),
  device: ['insert', 'delete', 'truncate'].map((event) => `count_devices_on_${event}`),
};

/**
 * Devices and their attempts go to the workers, each device with its attempts to one of them. All else stays on the
 * coordinator: firmware with its notifications, people, events, rollouts and the totals of the lists.
 */
const STATEMENTS: readonly string[] = [
  // Tables that refer to each other are changed over one connection to each node.
  "SET LOCAL citus.multi_shard_modify_mode = 'sequential'",
  ...Object.entries(TRIGGERS).flatMap(([table, names]) =>
    names.map((name) => `DROP TRIGGER ${name} ON ${table}`),
  ),
  `ALTER TABLE device_ota_log
     DROP CONSTRAINT fk_device_ota_log_device, DROP CONSTRAINT fk_device_ota_log_firmware,
     DROP CONSTRAINT device_ota_log_pkey, ADD PRIMARY KEY (device_id, id)`,
  `ALTER TABLE device_group_member
     DROP CONSTRAINT fk_device_group_member_device, DROP CONSTRAINT fk_device_group_member_group`,
  "SELECT create_reference_table('device_group')",
  "SELECT create_distributed_table('device', 'id')",
  "SELECT create_distributed_table('device_ota_log', 'device_id', colocate_with => 'device')",
  "SELECT create_distributed_table('device_group_member', 'device_id', colocate_with => 'device')",
  // In the order of their ids, as the primary key was.
  'CREATE INDEX ix_device_ota_log_id ON device_ota_log (id)',
  `ALTER TABLE device_ota_log
     ADD CONSTRAINT fk_device_ota_log_device FOREIGN KEY (device_id) REFERENCES device (id)`,
  `ALTER TABLE device_group_member
     ADD CONSTRAINT fk_device_group_member_device FOREIGN KEY (device_id) REFERENCES device (id) ON DELETE CASCADE`,
  `ALTER TABLE device_group_member
     ADD CONSTRAINT fk_device_group_member_group FOREIGN KEY (group_id) REFERENCES device_group (id) ON DELETE CASCADE`,
  // The workers count devices faster than anybody could add up.
  'DROP TABLE device_count',
  'CREATE VIEW device_count AS SELECT count(*) AS change FROM device',
  `CREATE OR REPLACE FUNCTION recount_lists() RETURNS void LANGUAGE plpgsql AS $$
   BEGIN
     LOCK TABLE firmware IN SHARE MODE;
     DELETE FROM attempt_count;
     DELETE FROM firmware_count;
     INSERT INTO attempt_count SELECT firmware_id, status, count(*) FROM device_ota_log GROUP BY firmware_id, status;
     INSERT INTO firmware_count SELECT device_type, count(*) FROM firmware GROUP BY device_type;
   END $$`,
  'SELECT recount_lists()',
];

/**
 * Turns a migrated database with Citus into one whose devices and attempts are distributed. All or nothing; no server may
 * run meanwhile.
 * @returns the number of workers that hold shards
 * @throws NotDistributable
 */
export function distribute(url: string): Promise<number> {
  return withMigrationLock(url, {}, async () => {
    const client = newPgClient({ connectionString: url });
    await client.connect();
    try {
      const workers = await expectDistributable(client);
      await client.query('BEGIN');
      for (const statement of STATEMENTS) await client.query(statement);
      await client.query('COMMIT');
      return workers;
    } finally {
      await client.end();
    }
  });
}

/** @returns the number of nodes that hold shards */
async function expectDistributable(client: pg.Client): Promise<number> {
  const found = await client.query<{ citus: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS citus",
  );
  if (found.rows[0]?.citus !== true)
    throw new NotDistributable(
      'This database has no Citus: run CREATE EXTENSION citus on all nodes, and citus_add_node on the coordinator.',
    );
  const { rows } = await client.query<{ workers: number; isDistributed: boolean; version: number }>(
    `SELECT (SELECT count(*)::int FROM pg_dist_node WHERE shouldhaveshards AND isactive) AS workers,
            EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'device'::regclass) AS "isDistributed"`,
  );
  const [state] = rows;
  if (state?.isDistributed === true) throw new NotDistributable('The tables are distributed already.');
  if ((state?.workers ?? 0) === 0)
    throw new NotDistributable('There is no worker for the shards: add one with citus_add_node.');
  return state?.workers ?? 0;
}
