import { Injectable } from '@nestjs/common';
import type { FilterableDevice } from '../domain/filter/matches.js';
import { matches } from '../domain/filter/matches.js';
import { EVERYTHING, type ResolvedFilter } from '../domain/filter/filter.js';
import { parseVersion, versionSortKey } from '../domain/firmware-version.js';
import type { PersonalQuestion } from './personal-question.js';

/** Whether filters select the device that asks, by what its check says and what operators say of it. */
@Injectable()
export class CheckTargets {
  matches(filter: ResolvedFilter, question: PersonalQuestion): boolean {
    if (filter === EVERYTHING) return true;
    const now = Date.now();
    return matches(filter, filterableOf(question, now), now);
  }
}

function filterableOf(question: PersonalQuestion, now: number): FilterableDevice {
  const { deviceId, deviceType, version, build, facts } = question;
  return {
    id: deviceId,
    name: null,
    deviceType,
    version: { text: version, sortKey: versionSortKey(parseVersion(version)) },
    build,
    channel: 'stable',
    tags: [],
    groups: [],
    status: 'unknown',
    identity: 'none',
    attributes: facts?.attributes ?? new Map(),
    lastSeenAt: now,
  };
}
