import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { SecretEntity } from '../../src/secrets/secret.entity.js';
import { SecretRepository } from '../../src/secrets/secret.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the shared secrets', () => {
  let database: TestDatabase;
  let sources: DataSource[];
  let servers: SecretRepository[];

  beforeAll(async () => {
    database = await createTestDatabase();
    const open = () => new DataSource(dataSourceOptions(database.url)).initialize();
    sources = await Promise.all([open(), open()]);
    servers = sources.map((source) => new SecretRepository(source.getRepository(SecretEntity)));
  });
  afterAll(async () => {
    await Promise.all(sources.map((source) => source.destroy()));
    await database.drop();
  });

  it('are the same for all servers that ask at once, and others for another purpose', async () => {
    const asked = Array.from({ length: 10 }, (_, i) => servers[i % 2]!.sharedSecret('one'));
    const found = await Promise.all(asked);
    expect(new Set(found.map((secret) => secret.toString('hex'))).size).toBe(1);
    expect(found[0]).toHaveLength(32);
    expect(await servers[0]!.sharedSecret('two')).not.toEqual(found[0]);
  });

  it('have keys that one server at a time changes', async () => {
    const change = (server: SecretRepository) =>
      server.changeKeys('keys', ({ keys }) => ({
        added: keys.length === 0 ? [{ keyId: 'first', value: Buffer.from('a secret') }] : [],
        retired: [],
        removed: [],
      }));
    const answers = await Promise.all([...servers, ...servers].map(change));
    for (const { keys } of answers) expect(keys.map(({ keyId }) => keyId)).toEqual(['first']);

    const { keys, now } = await servers[0]!.changeKeys('keys', () => ({
      added: [{ keyId: 'second', value: Buffer.from('another') }],
      retired: ['first'],
      removed: [],
    }));
    expect(keys.map(({ keyId, retiredAt }) => [keyId, retiredAt])).toEqual([
      ['first', now],
      ['second', null],
    ]);
    await servers[0]!.changeKeys('keys', () => ({ added: [], retired: [], removed: ['first'] }));
    expect((await servers[1]!.findKeys('keys')).map(({ keyId }) => keyId)).toEqual(['second']);
  });
});
