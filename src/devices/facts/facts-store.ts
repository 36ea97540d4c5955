import {
  covers,
  FactsReducer,
  NOTHING_SAID,
  type AskedFacts,
  type TargetFacts,
} from '../../domain/filter/asked-facts.js';
import { PackedStates } from '../identity/packed-states.js';

/**
 * What operators say of devices, as far as it is asked, in 13 bytes for each device of which something is said: a fleet
 * has few different facts, and equal ones are kept once.
 */
export class FactsStore {
  private readonly reducer: FactsReducer;
  /** The number of a device's facts in `different`; 0: nothing is said of it. */
  private readonly numbers = new PackedStates();
  private readonly different: TargetFacts[] = [NOTHING_SAID];
  private readonly numberOf = new Map<string, number>();

  constructor(readonly asked: AskedFacts) {
    this.reducer = new FactsReducer(asked);
  }

  set(deviceId: number, given: TargetFacts): void {
    this.numbers.set(deviceId, this.numberFor(this.reducer.reduce(given)));
  }

  get(deviceId: number): TargetFacts {
    return this.different[this.numbers.get(deviceId)] ?? NOTHING_SAID;
  }

  /** Whether it answers what is asked. */
  covers(asked: AskedFacts): boolean {
    return covers(this.asked, asked);
  }

  private numberFor(facts: TargetFacts | null): number {
    if (facts === null) return 0;
    const text = JSON.stringify(facts);
    const known = this.numberOf.get(text);
    if (known !== undefined) return known;
    const number = this.different.push(facts) - 1;
    this.numberOf.set(text, number);
    return number;
  }
}
