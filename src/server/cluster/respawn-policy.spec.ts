import { respawnAfter, type Death } from './respawn-policy.js';

const LASTING: Death = { servedMs: 60_000, isPassing: false };
const FUTILE: Death = { servedMs: 0, isPassing: false };
const AWAY: Death = { servedMs: 0, isPassing: true };
const times = (count: number, death: Death): Death[] => Array.from({ length: count }, () => death);

describe('the replacement of a worker that died', () => {
  it.each<[string, Death[], number | 'give-up']>([
    ['one that had served is replaced at once', [LASTING], 0],
    ['however many have died before it', times(50, LASTING), 0],
    ['one that never served, after a pause', [FUTILE], 200],
    ['the pause doubles', times(3, FUTILE), 800],
    ['after five in vain there is one more try', times(5, FUTILE), 3_200],
    ['after six the server gives up', times(6, FUTILE), 'give-up'],
    ['one that served starts the count again', [...times(5, FUTILE), LASTING, ...times(5, FUTILE)], 3_200],
    ['a second of service is enough', [...times(5, FUTILE), { servedMs: 1_000, isPassing: false }], 0],
    ['while the database is away it goes on trying', times(500, AWAY), 10_000],
    ['which does not count as in vain', [...times(5, AWAY), ...times(5, FUTILE)], 10_000],
  ])('%s', (_name, deaths, expected) => {
    const respawn = respawnAfter(deaths);
    expect(respawn).toEqual(
      expected === 'give-up' ? { kind: 'give-up' } : { kind: 'start', delayMs: expected },
    );
  });
});
