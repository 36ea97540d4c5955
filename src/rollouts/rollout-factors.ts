import { Injectable } from '@nestjs/common';
import { TargetDevices, type DeviceTraits } from '../devices/devices.exports.js';
import type { Principal } from '../domain/principal.js';
import { factorsOf, guiltyFirst, type DeviceWithFacts, type Factor } from '../domain/rollout/factors.js';
import { RolloutDeviceRepository, type ComparedDevice } from './record/rollout-device.repository.js';
import type { Rollout } from './record/rollout.repository.js';

/** What the failed devices of a rollout have in common. */
export interface RolloutFactors {
  /** Devices that were compared. */
  readonly offered: number;
  readonly failed: number;
  readonly factors: readonly Factor[];
}

type Fact = DeviceWithFacts['facts'][number];

/** Devices that are compared at most: those that were offered the firmware last. */
const MOST_COMPARED = 20_000;
/** Read and looked at in one go, so that checks are answered in between. */
const PAGE = 2_000;
/** In revisions of hardware and chips, and in what it ran: kept from when it was offered the firmware. */
const KEPT = new Set(['hw_revision', 'chip_revision']);

/** Compares the devices that failed with those that did not. */
@Injectable()
export class RolloutFactorsService {
  constructor(
    private readonly offered: RolloutDeviceRepository,
    private readonly devices: TargetDevices,
  ) {}

  /** @throws DomainError OVERLOADED */
  async find(principal: Principal, rollout: Rollout): Promise<RolloutFactors> {
    const compared = await this.offered.findNewest(rollout.id, MOST_COMPARED);
    const bad = compared.filter(isBad);
    const ofBad = await this.readAll(principal, bad, () => true);
    const suspects = new Set(factorsOf(ofBad).map(({ dimension, value }) => keyOf([dimension, value])));
    const ofOthers =
      suspects.size === 0
        ? []
        : await this.readAll(
            principal,
            compared.filter((device) => !isBad(device)),
            (fact) => suspects.has(keyOf(fact)),
          );
    return {
      offered: compared.length,
      failed: bad.length,
      factors: guiltyFirst(factorsOf([...ofBad, ...ofOthers]), rollout.maxFailureRate),
    };
  }

  private async readAll(
    principal: Principal,
    devices: readonly ComparedDevice[],
    isOfInterest: (fact: Fact) => boolean,
  ): Promise<DeviceWithFacts[]> {
    const all: DeviceWithFacts[] = [];
    for (let begin = 0; begin < devices.length; begin += PAGE) {
      const page = devices.slice(begin, begin + PAGE);
      const traits = await this.devices.findTraits(
        principal,
        page.map(({ deviceId }) => deviceId),
      );
      const byId = new Map(traits.map((one) => [one.deviceId, one]));
      for (const device of page) {
        const facts = factsOf(device, byId.get(device.deviceId)).filter(isOfInterest);
        all.push({ facts, isBad: isBad(device) });
      }
    }
    return all;
  }
}

const isBad = ({ state }: ComparedDevice): boolean => state === 'failed' || state === 'silent';
const keyOf = (fact: Fact): string => JSON.stringify(fact);

/** What was known at the offer goes before what a device says now. @param traits of a device that was not forgotten */
function factsOf({ groups }: ComparedDevice, traits: DeviceTraits | undefined): Fact[] {
  const attributes = Object.entries(traits?.attributes ?? {}).filter(([key]) => !KEPT.has(key));
  return [
    ...groups.map(({ dimension, value }): Fact => [dimension, value]),
    ...attributes.map(([key, value]): Fact => [key, String(value)]),
    ...(traits?.tags ?? []).map((tag): Fact => ['tag', tag]),
  ];
}
