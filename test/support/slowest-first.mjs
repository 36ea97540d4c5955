import Sequencer from '@jest/test-sequencer';

/**
 * Begins with test/e2e/, whose files wait more than they work, so that the others run meanwhile. In a fresh clone Jest
 * knows no durations and begins with the longest files, which leaves these short lists of imports for the end.
 */
export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const isE2e = ({ path }) => path.includes('/test/e2e/');
    return super.sort(tests).sort((one, other) => Number(isE2e(other)) - Number(isE2e(one)));
  }
}
