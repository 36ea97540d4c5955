import { DefaultNamingStrategy, type NamingStrategyInterface } from 'typeorm';

/** camelCase in code, snake_case in the database. Constraints and indexes are named where they are declared. */
export class SnakeNamingStrategy extends DefaultNamingStrategy implements NamingStrategyInterface {
  override columnName(propertyName: string, customName: string | undefined): string {
    return customName ?? propertyName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  }

  override primaryKeyName(tableOrName: Parameters<DefaultNamingStrategy['primaryKeyName']>[0]): string {
    return `${typeof tableOrName === 'string' ? tableOrName : tableOrName.name}_pkey`;
  }
}
