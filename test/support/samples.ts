/** `npm run test:long` and CI take all of them. */
const SHARE = process.env['TEST_SAMPLES'] === 'all' ? 1 : 1 / 10;
/** `npm run test:api` sends all of them. */
const EVERY = process.env['TEST_TABLES'] === 'all' ? 1 : 8;

/** How many samples of a property, or rounds of a race, a run takes: a tenth, which finds what is often wrong. */
export const samples = (all: number): number => Math.ceil(all * SHARE);

/** The numbers 0 to 7, one of them unless a run takes all: which one depends on where. */
export const someOfEight = (where: number): readonly number[] =>
  SHARE === 1 ? [0, 1, 2, 3, 4, 5, 6, 7] : [where % 8];

/** As `it.each` for the rows of a long table: the first, and every eighth from there on, unless a run takes all. */
export const eachRepresentative = ((rows: readonly unknown[]) =>
  it.each(rows.filter((_row, index) => index % EVERY === 0))) as typeof it.each;
