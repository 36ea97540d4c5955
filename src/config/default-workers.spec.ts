import { defaultWorkers } from './default-workers.js';

describe('the number of workers when none is set', () => {
  it.each([
    { cores: 1, embedded: true, workers: 1 },
    { cores: 2, embedded: true, workers: 1 },
    { cores: 3, embedded: true, workers: 3 },
    { cores: 1, embedded: false, workers: 1 },
    { cores: 2, embedded: false, workers: 2 },
    { cores: 64, embedded: true, workers: 16 },
    { cores: 64, embedded: false, workers: 16 },
  ])('$cores cores, embedded database $embedded: $workers', ({ cores, embedded, workers }) => {
    expect(defaultWorkers(cores, embedded)).toBe(workers);
  });
});
