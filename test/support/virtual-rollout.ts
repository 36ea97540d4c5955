import {
  mayOffer,
  NO_LIMIT,
  windowOf,
  type Counters,
  type RolloutConstants,
} from '../../src/domain/rollout/admission.js';
import {
  applyEvent,
  type DeviceChange,
  type DeviceEvent,
  type RolloutDevice,
} from '../../src/domain/rollout/device-events.js';
import {
  blockOf,
  evaluate,
  MAX_GROUPS,
  WHOLE,
  type Evaluation,
  type Halt,
  type Part,
  type PartKey,
} from '../../src/domain/rollout/parts.js';
import { countFailures } from '../../src/domain/rollout/sites.js';

interface CountedPart {
  part: Part;
  /** Numbers of the offers to devices that are bad now. */
  readonly bad: Set<number>;
}

/** A rollout in memory, by the rules of src/domain/rollout: it counts as the repository does, step by step. */
export class VirtualRollout {
  readonly devices: RolloutDevice[] = [];
  counters: Counters = { offered: 0, confirmed: 0, bad: 0, released: 0, excused: 0 };
  phaseCap = NO_LIMIT;
  evaluation: Evaluation;
  halt: Halt | null = null;
  private readonly parts = new Map<string, CountedPart>();
  private groups = 0;

  constructor(readonly constants: RolloutConstants) {
    this.part(WHOLE, 1);
    this.evaluation = this.evaluate();
  }

  /** All parts with their counters. */
  get counted(): readonly Part[] {
    return [...this.parts.values()].map(({ part }) => part);
  }

  /** @returns null when the device has to wait */
  offer(at: number, groups: readonly PartKey[] = [], site: string | null = null): RolloutDevice | null {
    const { firstWindow } = this.constants;
    const limits = { firstWindow, window: this.evaluation.window, phaseCap: this.phaseCap };
    if (this.halt || !mayOffer(this.counters, limits)) return null;
    const device: RolloutDevice = {
      seq: this.devices.length + 1,
      groups,
      site,
      offeredAt: at,
      installingAt: null,
      state: 'pending',
      attempts: 0,
      isUnreported: false,
    };
    this.devices.push(device);
    this.counters = { ...this.counters, offered: this.counters.offered + 1 };
    this.addToParts(device, 1);
    return device;
  }

  apply(seq: number, event: DeviceEvent): DeviceChange | null {
    const change = applyEvent(this.devices[seq - 1]!, event, this.constants);
    if (!change) return null;
    const { device, deltas, affectsFailures } = change;
    this.devices[seq - 1] = device;
    this.counters = {
      offered: this.counters.offered,
      confirmed: this.counters.confirmed + deltas.confirmed,
      bad: this.counters.bad + deltas.bad,
      released: this.counters.released + deltas.released,
      excused: this.counters.excused + deltas.excused,
    };
    if (deltas.released !== 0) this.addToParts(device, -deltas.released);
    if (affectsFailures) this.countFailures(device);
    if (affectsFailures || deltas.released !== 0) {
      this.evaluation = this.evaluate();
      this.halt ??= this.evaluation.halt;
    } else if (deltas.confirmed !== 0) {
      const { xLog } = this.evaluation;
      const window = windowOf(this.constants, this.counters.confirmed, xLog);
      this.evaluation = { ...this.evaluation, window };
    }
    return change;
  }

  private evaluate(): Evaluation {
    return evaluate(this.constants, this.counters.confirmed, this.counted);
  }

  private addToParts(device: RolloutDevice, count: number): void {
    for (const counted of this.partsOf(device)) {
      counted.part = { ...counted.part, n: counted.part.n + count };
    }
  }

  private countFailures(device: RolloutDevice): void {
    const isBad = device.state === 'failed' || device.state === 'silent';
    for (const counted of this.partsOf(device)) {
      if (isBad) counted.bad.add(device.seq);
      else counted.bad.delete(device.seq);
      const k = countFailures(Array.from(counted.bad, (seq) => this.devices[seq - 1]!));
      counted.part = { ...counted.part, k };
    }
  }

  private partsOf({ seq, groups }: RolloutDevice): CountedPart[] {
    const block = blockOf(seq);
    return [
      this.part(WHOLE, 1),
      ...groups.flatMap((group) => this.group(group) ?? []),
      this.part({ dimension: 'block', value: String(block) }, block),
    ];
  }

  private group(key: PartKey): CountedPart | null {
    if (this.parts.has(nameOf(key))) return this.part(key, 0);
    return this.groups < MAX_GROUPS ? this.part(key, ++this.groups) : null;
  }

  private part(key: PartKey, rank: number): CountedPart {
    const present = this.parts.get(nameOf(key));
    if (present) return present;
    const made = { part: { ...key, rank, n: 0, k: 0 }, bad: new Set<number>() };
    this.parts.set(nameOf(key), made);
    return made;
  }
}

const nameOf = ({ dimension, value }: PartKey): string => `${dimension} ${value}`;
