import { Injectable } from '@nestjs/common';
import { NOTHING_SAID, type AskedFacts, type TargetFacts } from '../../domain/filter/asked-facts.js';
import { GroupRepository } from '../filter/group.repository.js';
import { DeviceDescriptionRepository } from '../record/device-description.repository.js';
import { DeviceRepository } from '../record/device.repository.js';
import type { SomeDevices } from '../record/some-devices.js';

export type FactsOfDevice = readonly [deviceId: number, facts: TargetFacts];

/** Devices of one bite: some milliseconds' work for the process and for the database. */
const BITE = 5_000;

/** Reads what operators say of devices, as far as it is asked. Devices of which nothing is said are left out. */
@Injectable()
export class FactsReader {
  constructor(
    private readonly devices: DeviceRepository,
    private readonly descriptions: DeviceDescriptionRepository,
    private readonly groups: GroupRepository,
  ) {}

  /** All devices, a bite at a time, so that checks are answered in between. */
  async *readAll(asked: AskedFacts): AsyncGenerator<readonly FactsOfDevice[]> {
    for (let above = 0; ;) {
      const upTo = await this.devices.findIdAhead(above, BITE);
      if (upTo === null) return;
      yield await this.read({ above, upTo }, asked);
      above = upTo;
    }
  }

  async read(some: SomeDevices, asked: AskedFacts): Promise<FactsOfDevice[]> {
    const described = await this.descriptions.findSaid(some, asked);
    const facts = new Map(described.map(({ id, ...said }) => [id, { ...NOTHING_SAID, ...said }]));
    if (asked.groups.size > 0) {
      for (const { deviceId, groups } of await this.groups.findGroupsOf(some, [...asked.groups]))
        facts.set(deviceId, { ...(facts.get(deviceId) ?? NOTHING_SAID), groups });
    }
    return [...facts];
  }
}
