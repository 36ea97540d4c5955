import { resolveGroups } from '../filter/resolve-groups.js';
import { parseFilter } from '../filter/parse-filter.js';
import { faultOfTarget } from './target-rules.js';

const faultOf = (text: string) =>
  faultOfTarget(
    resolveGroups(parseFilter(text), () => parseFilter('status:silent') as never),
    'sensor',
  );

describe('the target of a rollout', () => {
  it.each([
    '',
    'type:sensor',
    'tag:a OR type:lamp',
    '-type:lamp',
    'version:<2.0.0 build:>3',
    'id:1',
    'board=B',
  ])('may be %j', (text) => {
    expect(faultOf(text)).toBeNull();
  });

  it.each(['status:silent', 'seen:1d', '-(tag:a OR seen:7d)', 'tag:a group:any'])('may not be %j', (text) => {
    expect(faultOf(text)).toMatch(/^A target cannot have status: or seen:/);
  });

  it.each(['type:lamp', 'tag:a (build:1 type:lamp)'])('finds nobody as %j', (text) => {
    expect(faultOf(text)).toBe(
      'The firmware is for sensor, so that the target finds no device with type:lamp.',
    );
  });
});
