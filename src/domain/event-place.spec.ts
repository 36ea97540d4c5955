import { comparePlaces, formatCursor, parseCursor } from './event-place.js';

const NOW = new Date('2026-01-31T12:00:00.900Z');
const SECONDS = 1_769_860_800;
const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);

describe('a cursor', () => {
  it.each([0, 1, 60, 3_599])('leads to its place for an hour, also after %d s', (seconds) => {
    const place = { place: 8_412, id: 17 };
    expect(parseCursor(formatCursor(place, ago(seconds)), NOW)).toEqual(place);
  });

  it('says when it was sent', () => {
    expect(formatCursor({ place: 8_412, id: 17 }, NOW)).toBe(`8412-17-${SECONDS}`);
  });

  it.each([
    ['is an hour old', formatCursor({ place: 1, id: 1 }, ago(3_602))],
    ['is of a time to come', formatCursor({ place: 1, id: 1 }, ago(-62))],
    ['is empty', ''],
    ['is a word', 'latest'],
    ['has too few parts', `1-${SECONDS}`],
    ['has a sign', `-1-1-${SECONDS}`],
    ['has a place beyond all', `9999999999999999-1-${SECONDS}`],
    ['has an id beyond all', `1-9999999999999999-${SECONDS}`],
    ['is long', `1-1-${SECONDS}${'0'.repeat(1_000)}`],
  ])('that %s leads nowhere', (_, text) => {
    expect(parseCursor(text, NOW)).toBeNull();
  });
});

describe('places', () => {
  it('are compared by the id only where the place is the same', () => {
    const places = [
      { place: 2, id: 1 },
      { place: 1, id: 9 },
      { place: 1, id: 3 },
    ];
    expect(places.sort(comparePlaces).map(({ id }) => id)).toEqual([3, 9, 1]);
  });
});
