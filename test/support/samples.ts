/** `npm run test:long` takes all of them. */
const SHARE = process.env['TEST_SAMPLES'] === 'all' ? 1 : 1 / 5;

/** How many samples of a property, or rounds of a race, a run takes: a fifth, which finds what is often wrong. */
export const samples = (all: number): number => Math.ceil(all * SHARE);
