/** Orders versions as updates are offered: by their numbers, a prerelease before its release. Newest first. */
export function newestFirst(one: string, other: string): number {
  const [ones, others] = [partsOf(one), partsOf(other)];
  for (const [index, number] of ones.numbers.entries()) {
    const difference = (others.numbers[index] ?? 0) - number;
    if (difference !== 0) return difference;
  }
  if (ones.prerelease === others.prerelease) return 0;
  if (ones.prerelease === '') return -1;
  if (others.prerelease === '') return 1;
  return others.prerelease.localeCompare(ones.prerelease, 'en', { numeric: true });
}

function partsOf(version: string): { readonly numbers: readonly number[]; readonly prerelease: string } {
  const [core = '', ...rest] = version.replace(/^v/i, '').split('+', 1)[0]?.split('-') ?? [];
  return { numbers: core.split('.').map((part) => Number(part) || 0), prerelease: rest.join('-') };
}
