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

interface CountedPart extends Part {
  n: number;
  k: number;
  /** Numbers of the offers to devices that are bad now. */
  readonly bad: Set<number>;
}

/** A rollout in memory, by the rules of src/domain/rollout: it counts as the repository does, step by step. */
export class VirtualRollout {
  readonly devices: RolloutDevice[] = [];
  readonly counters: { -readonly [Name in keyof Counters]: Counters[Name] } = {
    offered: 0,
    confirmed: 0,
    bad: 0,
    released: 0,
    excused: 0,
  };
  phaseCap = NO_LIMIT;
  evaluation: Evaluation;
  halt: Halt | null = null;
  private readonly parts: CountedPart[] = [{ ...WHOLE, rank: 1, n: 0, k: 0, bad: new Set() }];
  private readonly groups = new Map<string, CountedPart>();
  private readonly blocks: CountedPart[] = [];

  constructor(readonly constants: RolloutConstants) {
    this.evaluation = this.evaluate();
  }

  /** All parts with their counters. */
  get counted(): readonly Part[] {
    return this.parts.map(({ bad: _, ...part }) => part);
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
    this.counters.offered += 1;
    for (const part of this.partsOf(device)) part.n += 1;
    return device;
  }

  apply(seq: number, event: DeviceEvent): DeviceChange | null {
    const change = applyEvent(this.devices[seq - 1]!, event, this.constants);
    if (!change) return null;
    const { device, deltas, affectsFailures } = change;
    this.devices[seq - 1] = device;
    this.counters.confirmed += deltas.confirmed;
    this.counters.bad += deltas.bad;
    this.counters.released += deltas.released;
    this.counters.excused += deltas.excused;
    if (deltas.released !== 0) for (const part of this.partsOf(device)) part.n -= deltas.released;
    if (affectsFailures) this.countFailures(device);
    if (affectsFailures || deltas.released !== 0) {
      this.evaluation = this.evaluate();
      this.halt ??= this.evaluation.halt;
    } else if (deltas.confirmed !== 0) {
      const { xLog, halt } = this.evaluation;
      this.evaluation = { xLog, halt, window: windowOf(this.constants, this.counters.confirmed, xLog) };
    }
    return change;
  }

  private evaluate(): Evaluation {
    return evaluate(this.constants, this.counters.confirmed, this.parts);
  }

  private countFailures(device: RolloutDevice): void {
    const isBad = device.state === 'failed' || device.state === 'silent';
    for (const part of this.partsOf(device)) {
      if (isBad) part.bad.add(device.seq);
      else part.bad.delete(device.seq);
      part.k = countFailures(Array.from(part.bad, (seq) => this.devices[seq - 1]!));
    }
  }

  private partsOf({ seq, groups }: RolloutDevice): CountedPart[] {
    const found = [this.parts[0]!, this.blockWith(seq)];
    for (const group of groups) {
      const part = this.group(group);
      if (part) found.push(part);
    }
    return found;
  }

  private blockWith(seq: number): CountedPart {
    const rank = blockOf(seq);
    return (this.blocks[rank - 1] ??= this.add({ dimension: 'block', value: String(rank) }, rank));
  }

  private group(key: PartKey): CountedPart | undefined {
    const name = `${key.dimension} ${key.value}`;
    const present = this.groups.get(name);
    if (present || this.groups.size === MAX_GROUPS) return present;
    const made = this.add(key, this.groups.size + 1);
    this.groups.set(name, made);
    return made;
  }

  private add(key: PartKey, rank: number): CountedPart {
    const made = { ...key, rank, n: 0, k: 0, bad: new Set<number>() };
    this.parts.push(made);
    return made;
  }
}
