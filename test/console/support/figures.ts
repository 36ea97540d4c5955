/** What scenarios have measured, printed so that docs/console.md can say it. They judge by themselves what must hold. */
export function measured(scenario: number, what: string): void {
  process.stdout.write(`Scenario ${scenario}: ${what}\n`);
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
