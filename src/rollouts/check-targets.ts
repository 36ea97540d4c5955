import { Injectable } from '@nestjs/common';
import { DeviceGate, FactsInMemory, type FactsStore } from '../devices/devices.exports.js';
import { heldAttributes, type Attribute } from '../domain/device-facts.js';
import { askedFacts, type AskedFacts, type TargetFacts } from '../domain/filter/asked-facts.js';
import { EVERYTHING, type ResolvedFilter } from '../domain/filter/filter.js';
import { matches, type FilterableDevice } from '../domain/filter/matches.js';
import { versionSortKey, type FirmwareVersion } from '../domain/firmware-version.js';
import type { PersonalQuestion } from './personal-question.js';

/** Whether the facts that are kept answer what is asked of operators. */
interface Coverage {
  readonly asked: AskedFacts;
  /** That was asked last. */
  store: FactsStore | null;
  isKnown: boolean;
}

/** Whether filters select the device that asks, by what its check says and what operators say of it. */
@Injectable()
export class CheckTargets {
  /** By the filter, or by what is asked. */
  private readonly coverages = new WeakMap<object, Coverage>();

  constructor(
    private readonly facts: FactsInMemory,
    private readonly gate: DeviceGate,
  ) {}

  /**
   * The device that asks, as filters see it; the same for all filters of one decision.
   * @param version what it runs, as read
   */
  deviceOf(question: PersonalQuestion, version: FirmwareVersion | null, now: number): FilterableDevice {
    return new AskingDevice(question, version, this.facts, this.gate, now);
  }

  /** null: what the filter asks of operators is still being read. */
  matches(filter: ResolvedFilter, device: FilterableDevice, now: number): boolean | null {
    if (filter === EVERYTHING) return true;
    return this.isRead(filter) ? matches(filter, device, now) : null;
  }

  /** Whether what a filter asks of operators has been read. */
  isRead(filter: ResolvedFilter): boolean {
    return this.isKnown(this.coverages.get(filter) ?? this.coverageOf(filter, askedFacts([filter])));
  }

  /** Whether what is asked of operators has been read. */
  knows(asked: AskedFacts): boolean {
    return this.isKnown(this.coverages.get(asked) ?? this.coverageOf(asked, asked));
  }

  private coverageOf(by: ResolvedFilter | AskedFacts, asked: AskedFacts): Coverage {
    const coverage = { asked, store: null, isKnown: false };
    this.coverages.set(by, coverage);
    return coverage;
  }

  private isKnown(coverage: Coverage): boolean {
    const store = this.facts.current;
    if (coverage.store !== store) {
      coverage.store = store;
      coverage.isKnown = store.covers(coverage.asked);
    }
    return coverage.isKnown;
  }
}

/** Looks up what is asked of it, since most of it is asked of few devices. */
class AskingDevice implements FilterableDevice {
  /** Whoever asks for it asks what this very decision leads to. */
  readonly status = 'unknown';
  readonly id: number;
  readonly deviceType: string;
  readonly build: number;
  readonly version: { readonly text: string; readonly sortKey: string };
  private operators: TargetFacts | undefined;
  private held: ReadonlyMap<string, Attribute> | undefined;

  constructor(
    private readonly question: PersonalQuestion,
    version: FirmwareVersion | null,
    private readonly facts: FactsInMemory,
    private readonly gate: DeviceGate,
    readonly lastSeenAt: number,
  ) {
    this.id = question.deviceId;
    this.deviceType = question.deviceType;
    this.build = question.build;
    this.version = { text: question.version, sortKey: versionSortKey(version) };
  }

  get name(): string | null {
    return this.said.name;
  }

  get channel(): string {
    return this.said.channel;
  }

  get tags(): readonly string[] {
    return this.said.tags;
  }

  get groups(): readonly number[] {
    return this.said.groups;
  }

  get identity(): string {
    return this.gate.identityOf(this.id);
  }

  get attributes(): ReadonlyMap<string, Attribute> {
    return (this.held ??= heldAttributes(this.question.facts?.attributes, this.said.attributes));
  }

  private get said(): TargetFacts {
    return (this.operators ??= this.facts.of(this.id));
  }
}
