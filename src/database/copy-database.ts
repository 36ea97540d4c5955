import { fillDatabase } from './fill-database.js';
import { withSnapshot } from './snapshot.js';

/**
 * Copies everything that this server keeps from one database into an empty one: one snapshot of the source, one
 * transaction in the target.
 * @param onTable is told the name of each table before its rows are copied
 * @throws DomainError DATABASE_NOT_EMPTY, SCHEMA_DIFFERS
 */
export function copyDatabase(
  sourceUrl: string,
  targetUrl: string,
  onTable: (table: string) => void = () => undefined,
): Promise<void> {
  return withSnapshot(sourceUrl, (snapshot) =>
    fillDatabase(targetUrl, snapshot, (table) => {
      onTable(table.name);
      return snapshot.rowsOf(table);
    }),
  );
}
