import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { ChangeFeed, ChangeSubscriber } from '../../database/change-feed.js';
import { askedFacts, NOTHING_SAID, type TargetFacts } from '../../domain/filter/asked-facts.js';
import { parseFilter } from '../../domain/filter/parse-filter.js';
import { resolveGroups } from '../../domain/filter/resolve-groups.js';
import { FactsInMemory } from './facts-in-memory.js';
import type { FactsOfDevice, FactsReader } from './facts-reader.js';

const TAGGED = askedFacts([resolveGroups(parseFilter('tag:lab OR tag:beta'), () => undefined)]);
const tagged = (...tags: string[]): TargetFacts => ({ ...NOTHING_SAID, tags });

/** What the database says, which may be away. */
class Said {
  readonly devices = new Map<number, TargetFacts>();
  readonly reads: string[] = [];
  /** Reads that fail from now on. */
  failures = 0;
  /** While a read is under way. */
  meanwhile: () => void = () => undefined;

  async *readAll(): AsyncGenerator<readonly FactsOfDevice[]> {
    this.reads.push('all');
    await this.answer();
    const bite = [...this.devices];
    this.meanwhile();
    yield bite;
  }

  async read({ ids }: { ids: readonly number[] }): Promise<FactsOfDevice[]> {
    this.reads.push(ids.join());
    await this.answer();
    return ids.flatMap((id) => {
      const facts = this.devices.get(id);
      return facts ? [[id, facts] as const] : [];
    });
  }

  private async answer(): Promise<void> {
    await Promise.resolve();
    if (this.failures === 0) return;
    this.failures -= 1;
    throw new Error('The database is away.');
  }
}

describe('what operators say of devices, in memory', () => {
  let said: Said;
  let feed: ChangeSubscriber;
  let facts: FactsInMemory;

  beforeAll(() => {
    Logger.overrideLogger(false);
  });
  beforeEach(() => {
    said = new Said();
    const changes = {
      subscribe: (_channels: readonly string[], listener: ChangeSubscriber): void => {
        feed = listener;
      },
    };
    facts = new FactsInMemory(said as unknown as FactsReader, changes as unknown as ChangeFeed);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await facts.beforeApplicationShutdown();
  });
  const asked = async (): Promise<void> => {
    facts.ask(TAGGED);
    await facts.settled();
    said.reads.length = 0;
  };

  it('is read again until that succeeds, and then has what changed meanwhile', async () => {
    said.failures = 1;
    said.devices.set(1, tagged('lab'));
    facts.ask(TAGGED);
    feed.onChange('1');
    await facts.settled();
    expect(facts.of(1).tags).toEqual(['lab']);
    expect(said.reads[0]).toBe('all');
    expect(said.reads.length).toBeGreaterThan(1);

    said.failures = 1;
    said.devices.set(1, tagged('beta'));
    feed.onChange('1');
    await facts.settled();
    expect(facts.of(1).tags).toEqual(['beta']);
  });

  it('is read as a whole when the feed was interrupted', async () => {
    await asked();
    said.devices.set(7, tagged('lab'));
    feed.onChange(null);
    await facts.settled();
    expect(said.reads).toEqual(['all']);
    expect(facts.of(7).tags).toEqual(['lab']);
  });

  it('is read once in a while as long as nothing can be heard', async () => {
    await asked();
    said.devices.set(7, tagged('lab'));
    feed.onDeaf();
    await facts.settled();
    expect(said.reads).toEqual([]);
    const later = performance.now() + 61_000;
    jest.spyOn(performance, 'now').mockReturnValue(later);
    feed.onDeaf();
    await facts.settled();
    expect(said.reads).toEqual(['all']);
    expect(facts.of(7).tags).toEqual(['lab']);
  });

  it('has what changed while all of it was read', async () => {
    said.devices.set(1, tagged('lab'));
    said.meanwhile = () => {
      said.devices.set(1, tagged('beta'));
      feed.onChange('1');
    };
    facts.ask(TAGGED);
    await facts.settled();
    expect(said.reads).toEqual(['all', '1']);
    expect(facts.of(1).tags).toEqual(['beta']);
  });

  it('reads nothing while nobody asks', async () => {
    feed.onChange(null);
    feed.onDeaf();
    await facts.settled();
    expect(said.reads).toEqual([]);
  });
});
