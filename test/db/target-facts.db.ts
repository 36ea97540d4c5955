import fc from 'fast-check';
import { ChangeFeed } from '../../src/database/change-feed.js';
import { DeviceGate, FactsInMemory } from '../../src/devices/devices.exports.js';
import { FactsReader } from '../../src/devices/facts/facts-reader.js';
import { FleetQueries } from '../../src/devices/fleet/fleet-queries.js';
import type { Attribute } from '../../src/domain/device-facts.js';
import { askedFacts } from '../../src/domain/filter/asked-facts.js';
import { EVERYTHING, foldName, type ResolvedFilter } from '../../src/domain/filter/filter.js';
import { parseFilter } from '../../src/domain/filter/parse-filter.js';
import { resolveGroups } from '../../src/domain/filter/resolve-groups.js';
import { parseVersion, versionSortKey } from '../../src/domain/firmware-version.js';
import { CheckTargets } from '../../src/rollouts/check-targets.js';
import { Client, eventually } from '../support/http-client.js';
import { samples } from '../support/samples.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const some = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const VALUES: readonly Attribute[] = ['7', '7.0', 7, 8, 'x', '', true, 150, -1.5];
const attributes = fc.dictionary(some(['site', 'floor', 'room']), some(VALUES), { maxKeys: 3 });

interface Row {
  readonly id: number;
  readonly type: string;
  readonly version: string;
  readonly build: number;
  readonly name: string | null;
  readonly channel: string;
  readonly tags: string[];
  readonly own: Readonly<Record<string, Attribute>>;
  readonly operator: Readonly<Record<string, Attribute>>;
  readonly groups: number[];
}
const row: fc.Arbitrary<Row> = fc.record({
  id: fc.oneof(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 0x246f28000000, max: 0x246f28ffffff })),
  type: some(['lamp', 'scales']),
  version: some(['1.0.0', '1.2.0-rc.1', '1.10.0', 'abc1234']),
  build: fc.nat(3),
  name: fc.option(some(['Munich 7', 'München', 'MU\u0308NCHEN 8', 'Mu', 'İstanbul', '100%'])),
  channel: some(['stable', 'beta', 'Beta', 'gamma']),
  tags: fc.uniqueArray(some(['lab', 'beta', 'a b', '%']), { maxLength: 3 }),
  own: attributes,
  operator: attributes,
  groups: fc.uniqueArray(some([1, 2]), { maxLength: 2 }),
});
const term = fc
  .tuple(
    fc.boolean(),
    some([
      ...[
        'tag:lab',
        'tag:beta',
        'tag:"a b"',
        'tag:%',
        'channel:stable',
        'channel:beta',
        'channel:none',
        'group:one',
      ],
      ...[
        'group:two',
        'munich',
        'm',
        'MU',
        'mün',
        'i',
        '100',
        '24:6f',
        '9',
        'attr.site:7',
        'attr.site:7.0',
        'attr.floor:x',
      ],
      ...[
        'attr.site:>7',
        'attr.room:<=8',
        'attr.floor:true',
        'id:1..300',
        'type:lamp',
        'version:<1.2.0',
        'build:>1',
      ],
      ...['version:abc1234', 'identity:none', 'identity:token'],
    ]),
  )
  .map(([isNegated, text]) => (isNegated ? `-${text}` : text));
const filterText = fc
  .array(fc.array(term, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map((terms) => `(${terms.join(' ')})`).join(' OR '));
const resolved = (text: string): ResolvedFilter =>
  resolveGroups(parseFilter(text), (name) => ({ kind: 'member', groupId: name === 'one' ? 1 : 2 }));

describe('what operators say of devices, in memory', () => {
  let database: TestDatabase;
  let app: TestApp;
  let admin: Client;
  let facts: FactsInMemory;
  let targets: CheckTargets;

  beforeAll(async () => {
    database = await createTestDatabase();
    app = await startTestApp({ database });
    admin = new Client(app);
    // The book of rollouts asks its own nothing, again and again.
    facts = new FactsInMemory(app.nest.get(FactsReader), app.nest.get(ChangeFeed));
    targets = new CheckTargets(facts, app.nest.get(DeviceGate));
  });
  afterAll(async () => {
    await facts.beforeApplicationShutdown();
    await app.close();
    await database.drop();
  });
  const known = (filters: readonly ResolvedFilter[]): Promise<void> =>
    eventually(async () => {
      await facts.settled();
      expect(facts.current.covers(askedFacts(filters))).toBe(true);
    });

  it('selects the devices that the database selects', async () => {
    const [rows] = fc.sample(
      fc.uniqueArray(row, { minLength: 400, maxLength: 400, selector: ({ id }) => id }),
      1,
    );
    await database.query(
      `INSERT INTO device_group (name, folded_name) VALUES ('one', 'one'), ('two', 'two')`,
    );
    await database.query(
      `INSERT INTO device (id, name, folded_name, device_type, current_version, version_sort_key, current_build, channel,
              tags, own_attributes, operator_attributes)
       SELECT id, name, folded, type, version, key, build, channel, ARRAY(SELECT jsonb_array_elements_text(tags)), own,
              nullif(operator, '{}')
         FROM jsonb_to_recordset($1) AS given (id bigint, name text, folded text, type text, version text, key text,
              build int, channel text, tags jsonb, own jsonb, operator jsonb)`,
      [
        JSON.stringify(
          rows!.map((one) => ({
            ...one,
            folded: one.name === null ? null : foldName(one.name),
            key: versionSortKey(parseVersion(one.version)),
          })),
        ),
      ],
    );
    await database.query(
      `INSERT INTO device_group_member SELECT "group", device
         FROM jsonb_to_recordset($1) AS given ("group" bigint, device bigint)`,
      [JSON.stringify(rows!.flatMap(({ id, groups }) => groups.map((group) => ({ group, device: id }))))],
    );
    const fleetQueries = app.nest.get(FleetQueries);
    const inOrder = rows!.toSorted((a, b) => a.id - b.id);
    await fc.assert(
      fc.asyncProperty(fc.array(filterText, { minLength: 10, maxLength: 10 }), async (texts) => {
        const filters = texts.map(resolved);
        facts.ask(askedFacts(filters));
        await known(filters);
        const query = await fleetQueries.query();
        const answers = filters.map((filter) => `coalesce(${query.where(filter)}, false)`);
        const found: { answers: boolean[] }[] = await database.query(
          `SELECT ARRAY[${answers.join(', ')}] AS answers ${query.from} ORDER BY d.id`,
          query.parameters,
        );
        const expected = inOrder.map(({ id, type, version, build, own }) => {
          const question = {
            ...{ deviceId: id, deviceType: type, version, build, address: () => null },
            facts: { attributes: new Map(Object.entries(own)) },
          };
          const device = targets.deviceOf(question, parseVersion(version), Date.now());
          return filters.map((filter) => targets.matches(filter, device, Date.now()));
        });
        expect(found.map((one) => one.answers)).toEqual(expected);
      }),
      { numRuns: samples(20) },
    );
    facts.ask(askedFacts([EVERYTHING]));
    expect(facts.of(rows![0]!.id).tags).toEqual([]);
    await database.query('TRUNCATE device, device_group_member, device_group, device_ota_log');
  });

  it('says that it does not know yet what is being read', async () => {
    const filter = resolved('-tag:nobody-has-this');
    const question = {
      deviceId: 5,
      deviceType: 'lamp',
      version: '1.0.0',
      build: 1,
      facts: null,
      address: () => null,
    };
    const device = targets.deviceOf(question, parseVersion('1.0.0'), 0);
    facts.ask(askedFacts([filter]));
    expect(targets.matches(filter, device, 0)).toBeNull();
    await known([filter]);
    expect(targets.matches(filter, device, 0)).toBe(true);
  });

  it('hears of each change', async () => {
    for (const device_id of [1, 2, 3]) {
      await admin.check({ device_id, device_type: 'lamp', current_version: '1.0.0', current_build: 1 });
      await eventually(async () =>
        expect((await admin.admin('GET', `/devices/${device_id}`)).status).toBe(200),
      );
    }
    const group = (await admin.admin('POST', '/groups', { body: { name: 'crew', device_ids: [3] } })).body;
    const filters = [
      ...['tag:lab', 'channel:beta', 'bench', 'attr.site:7'].map(resolved),
      { kind: 'member' as const, groupId: Number(group['id']) },
    ];
    facts.ask(askedFacts(filters));
    await known(filters);
    expect(facts.of(3).groups).toEqual([group['id']]);
    const become = (deviceId: number, expected: object): Promise<void> =>
      eventually(() => {
        expect(facts.of(deviceId)).toMatchObject(expected);
        return Promise.resolve();
      });

    const body = { tags: ['lab'], channel: 'beta', name: 'Bench 1', attributes: { site: 7 } };
    expect((await admin.admin('PATCH', '/devices/1', { body })).status).toBe(200);
    await become(1, { tags: ['lab'], channel: 'beta', name: 'bench', attributes: { site: 7 } });
    const bulk = { q: 'id:2', expect: 1, add_tags: ['lab'] };
    expect((await admin.admin('POST', '/devices/bulk', { body: bulk })).status).toBe(200);
    await become(2, { tags: ['lab'] });
    const members = { device_ids: [1] };
    expect(
      (await admin.admin('PUT', `/groups/${String(group['id'])}/members`, { body: members })).status,
    ).toBe(200);
    await become(1, { groups: [group['id']] });
    await become(3, { groups: [] });
    expect((await admin.admin('DELETE', '/devices/1')).status).toBe(200);
    await become(1, { tags: [], channel: 'stable', name: null, groups: [], attributes: {} });
    // Nobody knows what this has changed.
    await database.query(`UPDATE device SET tags = '{lab}' WHERE id = 3`);
    await database.query(`NOTIFY device_facts_changed, '*'`);
    await become(3, { tags: ['lab'] });
  });
});
