import { Injectable } from '@nestjs/common';
import { DeviceGate, FactsInMemory, type FactsStore } from '../devices/devices.exports.js';
import type { Attribute } from '../domain/device-facts.js';
import { askedFacts, type AskedFacts } from '../domain/filter/asked-facts.js';
import { EVERYTHING, type ResolvedFilter } from '../domain/filter/filter.js';
import { matches, type FilterableDevice } from '../domain/filter/matches.js';
import { parseVersion, versionSortKey } from '../domain/firmware-version.js';
import type { PersonalQuestion } from './personal-question.js';

/** What a filter asks of operators, and whether the facts that are kept answer it. */
interface Asked {
  readonly asked: AskedFacts;
  store: FactsStore | null;
  isKnown: boolean;
}

/** Whether filters select the device that asks, by what its check says and what operators say of it. */
@Injectable()
export class CheckTargets {
  private readonly asked = new WeakMap<ResolvedFilter, Asked>();

  constructor(
    private readonly facts: FactsInMemory,
    private readonly gate: DeviceGate,
  ) {}

  /** The device that asks, as filters see it; the same for all filters of one decision. */
  deviceOf(question: PersonalQuestion, now: number): FilterableDevice {
    const { deviceId, deviceType, version, build, facts } = question;
    const said = this.facts.of(deviceId);
    const { gate } = this;
    return {
      id: deviceId,
      name: said.name,
      deviceType,
      get version() {
        return { text: version, sortKey: versionSortKey(parseVersion(version)) };
      },
      build,
      channel: said.channel,
      tags: said.tags,
      groups: said.groups,
      // Whoever asks for it asks what this very decision leads to.
      status: 'unknown',
      get identity() {
        return gate.identityOf(deviceId);
      },
      attributes: withOperators(facts?.attributes, said.attributes),
      lastSeenAt: now,
    };
  }

  /** null: what the filter asks of operators is still being read. */
  matches(filter: ResolvedFilter, device: FilterableDevice, now: number): boolean | null {
    if (filter === EVERYTHING) return true;
    return this.isKnown(filter) ? matches(filter, device, now) : null;
  }

  private isKnown(filter: ResolvedFilter): boolean {
    const store = this.facts.current;
    let asked = this.asked.get(filter);
    if (!asked) {
      asked = { asked: askedFacts([filter]), store: null, isKnown: false };
      this.asked.set(filter, asked);
    }
    if (asked.store !== store) {
      asked.isKnown = store.covers(asked.asked);
      asked.store = store;
    }
    return asked.isKnown;
  }
}

const NOTHING: ReadonlyMap<string, Attribute> = new Map();

function withOperators(
  own: ReadonlyMap<string, Attribute> | undefined,
  operators: Readonly<Record<string, Attribute>>,
): ReadonlyMap<string, Attribute> {
  const said = Object.entries(operators);
  return said.length === 0 ? (own ?? NOTHING) : new Map([...(own ?? NOTHING), ...said]);
}
