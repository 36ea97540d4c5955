/** A database that cannot be migrated as it is. Thrown before anything is changed. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';

  constructor(sentence: string, findings: readonly string[]) {
    super(`${sentence}:\n- ${findings.join('\n- ')}`);
  }
}
