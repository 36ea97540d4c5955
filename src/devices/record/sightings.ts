import { BoundedCache } from '../../domain/bounded-cache.js';
import type { ReportedFacts } from '../../domain/device-facts.js';
import { parseVersion, versionSortKey } from '../../domain/firmware-version.js';
import type { Instant } from '../../domain/instant.js';
import type { RolloutReason } from '../../domain/update-decision.js';
import { storableText } from '../../domain/storable-text.js';

/** What a device said of itself when it checked. */
export interface DeviceSighting {
  readonly deviceId: number;
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
  /** When the check arrived. */
  readonly at: Instant;
  /** The firmware that the check called for; null: none. */
  readonly offeredId: number | null;
  /** Why a rollout brings it no firmware; null: none is why. */
  readonly withheld: RolloutReason | null;
  /** The rollout that is why; null: none is alone. */
  readonly withheldBy: number | null;
  /** From which the check came; null: not known. */
  readonly address: string | null;
  /** null: it said nothing beside its question. */
  readonly facts: ReportedFacts | null;
}

/** Boots that are remembered of a device. */
const BOOTS_REMEMBERED = 4;
/**
 * In seconds. A check that says the same is written every five minutes at most, so that shorter intervals are not seen.
 * Three times the double of it is the shortest silence: a device that asks more often is never silent too early.
 */
const SHORTEST_LEARNT = 300;
/** In seconds: the gap before the second check may be time that the device spent in a box. */
const LONGEST_FIRST_GAP = 86_400;
const VERSIONS_REMEMBERED = 10_000;

const sortKeys = new BoundedCache<[string], string>(VERSIONS_REMEMBERED);

/** The columns of {@link SIGHTING_ROWS}. */
export const SIGHTING_COLUMNS =
  'id, device_type, current_version, version_sort_key, current_build, offered_firmware_id, elf_sha256, check_interval, ' +
  'accepts_downgrade, own_attributes, recent_boot_ids, withheld_reason, withheld_by, last_address, last_checked_at, first_seen_at, last_seen_at';

/** Rows of the parameters that {@link sightingParameters} makes. */
export const SIGHTING_ROWS = `
  SELECT id, type, version, sort_key, build, offered_id, elf, check_interval, accepts, attributes::jsonb,
         CASE WHEN boot_id IS NOT NULL THEN ARRAY[boot_id] END, withheld, withheld_by, address, seen_at, seen_at, seen_at
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::text[], $8::int[],
                $9::boolean[], $10::text[], $11::bigint[], $12::bigint[], $13::text[], $14::bigint[], $15::inet[])
         AS seen (id, type, version, sort_key, build, offered_id, elf, check_interval, accepts, attributes, boot_id, at,
               withheld, withheld_by, address),
         LATERAL (SELECT timestamptz 'epoch' + at * interval '1 microsecond' AS seen_at) AS clock`;

export function sightingParameters(sightings: readonly DeviceSighting[]): unknown[] {
  const ofFacts = <T>(pick: (facts: ReportedFacts) => T | undefined): (T | null)[] =>
    sightings.map(({ facts }) => (facts && pick(facts)) ?? null);
  return [
    sightings.map(({ deviceId }) => deviceId),
    sightings.map(({ deviceType }) => deviceType),
    sightings.map(({ version }) => storableText(version)),
    sightings.map(({ version }) => sortKeys.get([version], () => versionSortKey(parseVersion(version)))),
    sightings.map(({ build }) => build),
    sightings.map(({ offeredId }) => offeredId),
    ofFacts(({ elfSha256 }) => elfSha256),
    ofFacts(({ checkInterval }) => checkInterval),
    ofFacts(({ acceptsDowngrade }) => acceptsDowngrade ?? false),
    ofFacts(({ attributes }) => attributes && JSON.stringify(Object.fromEntries(attributes))),
    ofFacts(({ bootId }) => bootId),
    sightings.map(({ at }) => at),
    sightings.map(({ withheld }) => withheld),
    sightings.map(({ withheldBy }) => withheldBy),
    sightings.map(({ address }) => address),
  ];
}

/** A time that has not come yet, give or take clocks that differ; a parameter, by the database's clock. */
export const aheadOf = (now: Instant): Date => new Date(now / 1000 + 60_000);
/**
 * Stands for {@link aheadOf}, which becomes a part of the statement: nodes of a distributed database do not know the types
 * of parameters here.
 */
const AHEAD = '<ahead>';

/*
 * What a row becomes is said without the database's own clock, and without adding to a time: a distributed database takes
 * only what is the same wherever and whenever it is calculated.
 */

/**
 * The newest check says what a device is: one that is written after a later one changes nothing. A row from a time that
 * the database's clock has not reached was written before that clock was set back.
 */
const IS_NEWEST = `(known.last_checked_at IS NULL OR known.last_checked_at <= excluded.last_checked_at
                           OR known.last_checked_at > ${AHEAD})`;

/** Before the clock was set back: nobody can have seen it at a time that has not come yet. */
const isSeenAhead = (ahead: string): string => `known.last_seen_at > ${ahead}`;
/** When a device was seen last: never earlier than before, unless that {@link isSeenAhead}. */
export const seenAt = (at: string, ahead: string): string =>
  `CASE WHEN ${isSeenAhead(ahead)} THEN ${at} ELSE greatest(known.last_seen_at, ${at}) END`;

const IS_OTHER_TYPE = 'known.device_type <> excluded.device_type';
const IS_SAME_IMAGE = `(known.device_type, known.current_version, known.current_build)
                       IS NOT DISTINCT FROM (excluded.device_type, excluded.current_version, excluded.current_build)`;
/** Of a report that came after the check, or of another check. */
const IS_SEEN_LATER = `(excluded.last_seen_at < known.last_seen_at AND NOT ${isSeenAhead(AHEAD)})`;

/** What a check does not say stays as it is known, unless the device became another product. */
const said = (column: string): string =>
  `${column} = CASE WHEN ${IS_OTHER_TYPE} THEN excluded.${column} ELSE coalesce(excluded.${column}, known.${column}) END`;

/** Unless somebody heard of it after the check. */
const ofOldType = (column: string, none: string): string =>
  `${column} = CASE WHEN ${IS_OTHER_TYPE} AND known.update_changed_at <= excluded.last_checked_at
                    THEN ${none} ELSE known.${column} END`;

const GAP = 'extract(epoch FROM excluded.last_checked_at - known.last_checked_at)';
const LEARNT = 'known.learnt_interval';
/**
 * Checks that a restart brings forward shorten the interval little, those that an outage holds up lengthen it once: it is
 * about the gap that four of five gaps stay below. A first gap of some minutes is believed only of a device that has been
 * there for a day, since nothing would lengthen the interval of one that checks once a day for weeks.
 */
const LEARNT_INTERVAL = `
  CASE WHEN ${IS_OTHER_TYPE} THEN NULL
       WHEN (${IS_SAME_IMAGE}) IS NOT TRUE OR ${GAP} IS NULL OR ${GAP} <= 0 THEN ${LEARNT}
       WHEN ${LEARNT} IS NOT NULL
       THEN greatest(${SHORTEST_LEARNT}, least(greatest(${GAP}, floor(0.95 * ${LEARNT})), ceil(1.25 * ${LEARNT})))
       WHEN extract(epoch FROM excluded.last_checked_at - known.first_seen_at) > 86400
            OR ${GAP} >= ${SHORTEST_LEARNT} AND (known.recent_boot_ids[1] <> excluded.recent_boot_ids[1]) IS NOT TRUE
       THEN greatest(${SHORTEST_LEARNT}, least(${GAP}, ${LONGEST_FIRST_GAP})) END::int`;

/** A rollout that withholds its firmware calls for it all the same: two with hours of their own are no way out of a loop. */
const IS_CALLED = '(excluded.offered_firmware_id IS NOT NULL OR excluded.withheld_reason IS NOT NULL)';
const BOOT_ID = 'excluded.recent_boot_ids[1]';
const IS_OTHER_BOOT = `${BOOT_ID} <> known.recent_boot_ids[1]`;

/** How a row that there is takes a sighting, if it {@link IS_NEWEST}. */
const SIGHTING_CHANGES = `
  device_type = excluded.device_type,
  current_version = excluded.current_version,
  version_sort_key = excluded.version_sort_key,
  current_build = excluded.current_build,
  offered_firmware_id = CASE WHEN ${IS_SEEN_LATER} THEN known.offered_firmware_id ELSE excluded.offered_firmware_id END,
  update_successes = CASE WHEN ${IS_SEEN_LATER} OR ${IS_CALLED} THEN known.update_successes END,
  elf_sha256 = CASE WHEN ${IS_SAME_IMAGE} THEN coalesce(excluded.elf_sha256, known.elf_sha256) ELSE excluded.elf_sha256 END,
  ${said('check_interval')},
  ${said('accepts_downgrade')},
  ${said('own_attributes')},
  learnt_interval = ${LEARNT_INTERVAL},
  recent_boot_ids = CASE WHEN ${BOOT_ID} IS NULL OR ${BOOT_ID} = known.recent_boot_ids[1] THEN known.recent_boot_ids
                         ELSE (ARRAY[${BOOT_ID}] || array_remove(known.recent_boot_ids, ${BOOT_ID}))[1:${BOOTS_REMEMBERED}] END,
  withheld_reason = excluded.withheld_reason,
  withheld_by = excluded.withheld_by,
  last_address = coalesce(excluded.last_address, known.last_address),
  boot_ids_alternated_at = CASE WHEN ${IS_OTHER_BOOT} AND ${BOOT_ID} = ANY(known.recent_boot_ids)
                                THEN excluded.last_checked_at ELSE known.boot_ids_alternated_at END,
  ${ofOldType('update_firmware_id', 'NULL')},
  ${ofOldType('update_status', 'NULL')},
  ${ofOldType('is_rolled_back', 'false')},
  ${ofOldType('update_changed_at', 'NULL')},
  last_checked_at = excluded.last_checked_at,
  last_seen_at = ${seenAt('excluded.last_seen_at', AHEAD)}`;

/** What becomes of a row that there is. @param now by the database's clock */
export const changesAt = (now: Instant): string =>
  `${SIGHTING_CHANGES} WHERE ${IS_NEWEST}`.replaceAll(AHEAD, `timestamptz '${aheadOf(now).toISOString()}'`);
