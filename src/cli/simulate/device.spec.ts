import type { OtaLog } from '../api/wire/logs.js';
import { KnownRows } from '../commands/follow-logs.js';
import {
  NO_BAD_LUCK,
  PEACEFUL,
  SimulatedDevice,
  WorldEnded,
  type Fates,
  type Offer,
  type Report,
  type World,
} from './device.js';
import { drawFailure, type Shares } from './fate.js';
import { Ledger } from './ledger.js';
import { seededRandom } from './random.js';

const OFFER: Offer = {
  firmwareId: 7,
  version: '1.1.0',
  build: 2,
  downloadUrl: '/api/ota/download/7',
  fileHash: 'ab',
  fileSize: 1000,
};
const ALL_IS_WELL: Shares = PEACEFUL.shares;

/** Offers 1.1.0 to every device that runs another version; sleeping takes no time. */
class FakeWorld implements World {
  readonly ledger = new Ledger();
  readonly story: string[] = [];
  private sleeps = 0;
  installs = 0;

  check(device: SimulatedDevice): ReturnType<World['check']> {
    this.story.push(`check ${device.version}`);
    if (device.version === OFFER.version) return Promise.resolve({ kind: 'none', reason: 'up_to_date' });
    this.ledger.offered(device.id, OFFER.firmwareId);
    return Promise.resolve({ kind: 'offer', offer: OFFER });
  }
  download(_device: SimulatedDevice, offer: Offer, stopAfter: number | null): ReturnType<World['download']> {
    return Promise.resolve({ bytes: stopAfter ?? offer.fileSize, error: null });
  }
  report(device: SimulatedDevice, report: Report): Promise<void> {
    this.story.push(report.status);
    this.ledger.acknowledged(device.id, report);
    return Promise.resolve();
  }
  countInstall(): number {
    return this.installs++;
  }
  elapsedMs(): number {
    return this.sleeps * 1_000;
  }
  sleep(): Promise<void> {
    return ++this.sleeps > 1000 ? Promise.reject(new WorldEnded()) : Promise.resolve();
  }
  changed(): void {
    // Nobody watches.
  }
}

async function live(shares: Shares, id = 1, seed = 1, more: Partial<Fates> = {}) {
  const world = new FakeWorld();
  const timing = { intervalMs: 1000, rebootMs: 10 };
  const fates = { ...PEACEFUL, shares, ...more };
  const device = new SimulatedDevice({ id, version: '1.0.0', build: 1 }, seed, fates, timing);
  await device.run(world, false);
  return { world, device };
}

describe('a simulated device', () => {
  it('checks, downloads, installs, reboots, reports from the new image and checks again', async () => {
    const { world, device } = await live(ALL_IS_WELL);
    expect(world.story).toEqual(['check 1.0.0', 'downloading', 'installing', 'success', 'check 1.1.0']);
    expect([device.version, device.build, device.activity]).toEqual(['1.1.0', 2, 'off']);
  });

  it('says nothing when it is one that never reports', async () => {
    const { world } = await live({ ...ALL_IS_WELL, noReport: 1 });
    expect(world.story).toEqual(['check 1.0.0', 'check 1.1.0']);
    expect(world.ledger.countByStatus()).toEqual({ pending: 1 });
  });

  it('tries again after a failure, for as long as the world lasts', async () => {
    const { world, device } = await live({ ...ALL_IS_WELL, failureRate: 1 });
    expect(device.version).toBe('1.0.0');
    expect(world.ledger.countByStatus()['failed']).toBeGreaterThan(100);
  });

  it('dies of a new image without a word', async () => {
    const { world, device } = await live({ ...ALL_IS_WELL, brick: 1 });
    expect(world.story).toEqual(['check 1.0.0', 'downloading', 'installing']);
    expect([device.version, device.activity]).toEqual(['1.0.0', 'dead']);
  });

  it('comes back from the dead with its old image, after a while', async () => {
    const badLuck = { ...NO_BAD_LUCK, returnAfterMs: 60_000 };
    const { world } = await live({ ...ALL_IS_WELL, brick: 1 }, 1, 1, { badLuck });
    expect(world.story.slice(0, 4)).toEqual(['check 1.0.0', 'downloading', 'installing', 'check 1.0.0']);
  });

  it('rolls back, and says so', async () => {
    const { world, device } = await live({ ...ALL_IS_WELL, rollBack: 1 });
    expect(world.story.slice(0, 4)).toEqual(['check 1.0.0', 'downloading', 'installing', 'failed']);
    expect(device.lastError).toMatch(/rolled back/);
  });

  it('is only hurt where its attribute is the bad one', async () => {
    const attributes = [{ key: 'hw_revision', values: ['A', 'B'] }];
    const badLuck = { ...NO_BAD_LUCK, only: { key: 'hw_revision', value: 'B' } };
    const ends = await Promise.all(
      Array.from({ length: 50 }, (_, id) =>
        live({ ...ALL_IS_WELL, brick: 1 }, id + 1, 1, { attributes, badLuck }),
      ),
    );
    const ofRevision = (value: string) =>
      ends.filter(({ device }) => device.traits.attributes['hw_revision'] === value);
    expect(ofRevision('A').length * ofRevision('B').length).toBeGreaterThan(0);
    expect(ofRevision('A').every(({ device }) => device.activity === 'off')).toBe(true);
    expect(ofRevision('B').every(({ device }) => device.activity === 'dead')).toBe(true);
  });

  it('is spared by a fault that begins with later devices', async () => {
    const badLuck = { ...NO_BAD_LUCK, afterInstalls: 1 };
    const { device } = await live({ ...ALL_IS_WELL, brick: 1 }, 1, 1, { badLuck });
    expect(device.version).toBe('1.1.0');
  });

  it('boots anew with each image, and after its power came back', async () => {
    const powerCut = { beginMs: 0, endMs: 1_500, where: 1 };
    const { device } = await live(ALL_IS_WELL, 1, 1, { powerCut });
    const { device: other } = await live(ALL_IS_WELL);
    expect(device.version).toBe('1.1.0');
    expect(device.bootId).not.toBe(other.bootId);
  });

  it('has the same fate for the same seed, and another for another', async () => {
    const shares = { ...ALL_IS_WELL, failureRate: 0.5, slow: 0.5, noReport: 0.2, brick: 0.1, rollBack: 0.1 };
    const fates = async (seed: number) =>
      (await Promise.all(Array.from({ length: 30 }, (_, id) => live(shares, id + 1, seed)))).map(
        ({ world, device }) => [device.traits, world.story],
      );
    expect(await fates(1)).toEqual(await fates(1));
    expect(await fates(1)).not.toEqual(await fates(2));
  });
});

describe('fates', () => {
  it('come as often as asked', () => {
    const failures = Array.from({ length: 20_000 }, (_, id) =>
      drawFailure(seededRandom(1, id, 1), { ...ALL_IS_WELL, failureRate: 0.02 }),
    ).filter((failure) => failure !== null);
    expect(failures.length / 20_000).toBeCloseTo(0.02, 2);
    expect(new Set(failures.map(({ stage }) => stage)).size).toBe(3);
  });
});

const row = (about: Partial<OtaLog>): OtaLog => ({
  id: 1,
  device_id: 1,
  firmware_id: 7,
  status: 'success',
  error_message: null,
  bytes_downloaded: 1000,
  created_at: '2026-01-31T12:00:00.000Z',
  updated_at: '2026-01-31T12:00:00.000Z',
  ...about,
});

describe('the ledger', () => {
  it('agrees with rows that say what was acknowledged', async () => {
    const { world } = await live(ALL_IS_WELL);
    expect(world.ledger.compare([row({})])).toEqual({ rows: 1, agree: 1, differ: [] });
  });

  it.each([
    ['a row that is missing', []],
    ['a row too many', [row({}), row({ id: 2 })]],
    ['another status', [row({ status: 'installing' })]],
    ['other bytes', [row({ bytes_downloaded: 1 })]],
    ['an error that nobody reported', [row({ error_message: 'x' })]],
    ['another device', [row({}), row({ id: 2, device_id: 2 })]],
  ])('finds %s', async (_what, rows) => {
    const { world } = await live(ALL_IS_WELL);
    expect(world.ledger.compare(rows).differ).toHaveLength(1);
  });
});

describe('following the logs', () => {
  it('tells what is new or has changed, once and in order', () => {
    const known = new KnownRows();
    expect(known.takeNews([row({ id: 2 }), row({ id: 1 })]).map(({ id }) => id)).toEqual([1, 2]);
    const changed = row({ id: 1, status: 'failed', updated_at: '2026-01-31T13:00:00.000Z' });
    expect(known.takeNews([row({ id: 3 }), row({ id: 2 }), changed]).map(({ id }) => id)).toEqual([3, 1]);
    expect(known.takeNews([row({ id: 3 }), row({ id: 2 }), changed])).toEqual([]);
  });
});
