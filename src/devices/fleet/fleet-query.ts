import type { DeviceAuthMode } from '../../domain/device-access.js';
import {
  INTERVAL_UNTIL_LEARNT,
  LONGEST_STEP,
  SHORTEST_SILENCE,
  SILENT_AFTER_INTERVALS,
} from '../../domain/device-status.js';
import type { ResolvedFilter } from '../../domain/filter/filter.js';
import { SECURE_VERSION } from '../../domain/filter/usual-attributes.js';
import { MAX_SUCCESSES_OF_ONE_FIRMWARE, type NoUpdateReason } from '../../domain/update-decision.js';
import { filterSql, type FilterableRow, type FilterColumn } from '../filter/filter-sql.js';

/** What a check of a device that runs this is answered, but for what is known of the device itself. */
export interface RunningDecision {
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
  /** null: none is offered. */
  readonly firmwareId: number | null;
  readonly desiredVersion: string | null;
  /** null: a firmware is offered. */
  readonly reason: NoUpdateReason | null;
  /** Devices of the type have decisions of their own: what the last check was answered is on record. */
  readonly isPersonal: boolean;
}

/** A rollout that says what devices are offered: what one that is none any more has told them is over. */
export interface ToldRollout {
  readonly id: number;
  readonly isStopped: boolean;
}

/** A firmware that such devices may be offered. */
export interface PersonalOffer {
  readonly deviceType: string;
  readonly firmwareId: number;
  readonly version: string;
  /** Not any more: every rollout that brings it is stopped. */
  readonly isStopped: boolean;
}

/** What people see of a device; each is a column of {@link FleetQuery}. */
export type FleetColumn =
  | FilterColumn
  | 'name'
  | 'notes'
  | 'attributes'
  | 'checkInterval'
  | 'firstSeenAt'
  | 'acceptsDowngrade'
  | 'lastAddress'
  | 'standing'
  /** What a check would answer now; null: an offer, or the device has not checked yet. */
  | 'reason'
  /** The version that it is offered, or would be if it were served; null: nothing newer is for it. */
  | 'desiredVersion';

const INTERVAL = 'coalesce(d.check_interval, d.learnt_interval)';
const SILENCE = `greatest(${SHORTEST_SILENCE}, ${SILENT_AFTER_INTERVALS} * coalesce(${INTERVAL}, ${INTERVAL_UNTIL_LEARNT})::bigint)`;
/** @param firmwareId SQL */
const loopOf = (firmwareId: string): string =>
  `coalesce((d.update_successes ->> ${firmwareId}::text)::int, 0) >= ${MAX_SUCCESSES_OF_ONE_FIRMWARE}`;

/** What a check of a device that is served is answered, where the same is for everybody. */
const FOR_ALL = {
  firmware: 'decision.firmware_id',
  version: 'decision.desired_version',
  reason: 'decision.reason',
};
/**
 * What its last check was answered, as far as the rollout that was why has not been stopped, resumed or ended since; where
 * that was nothing of its own, what is for everybody.
 */
const WITHHELD = `(CASE WHEN decision.is_personal IS NOT TRUE OR offered.id IS NOT NULL THEN NULL
  WHEN d.withheld_by IS NOT NULL AND told.id IS NULL THEN NULL
  WHEN d.withheld_reason = 'rollout_paused' AND NOT told.is_stopped THEN 'rollout_waiting'
  WHEN d.withheld_reason IN ('rollout_waiting', 'outside_window') AND told.is_stopped THEN 'rollout_paused'
  ELSE d.withheld_reason END)`;
/** What its last check was offered by a rollout that is stopped since: nothing is, unless something is for everybody. */
const STOPPED = `(CASE WHEN offered.is_stopped AND decision.firmware_id IS NULL THEN 'rollout_paused' END)`;
const offered = (column: 'id' | 'version'): string =>
  `CASE WHEN NOT offered.is_stopped THEN offered.${column} END`;
const FOR_ONE: typeof FOR_ALL = {
  firmware: `coalesce(${offered('id')}, CASE WHEN ${WITHHELD} IS NULL THEN decision.firmware_id END)`,
  version: `coalesce(${offered('version')}, CASE WHEN ${WITHHELD} IS NULL THEN decision.desired_version END)`,
  reason: `coalesce(${STOPPED}, ${WITHHELD}, decision.reason)`,
};

/** Of the device's row alone. */
const OWN: Readonly<Partial<Record<FleetColumn, string>>> = {
  id: 'd.id',
  name: 'd.name',
  foldedName: 'd.folded_name',
  deviceType: 'd.device_type',
  version: 'd.current_version',
  versionSortKey: 'd.version_sort_key',
  build: 'd.current_build',
  channel: 'd.channel',
  tags: 'd.tags',
  notes: 'd.notes',
  attributes: `(coalesce(d.own_attributes, '{}') || coalesce(d.operator_attributes, '{}'))`,
  checkInterval: INTERVAL,
  firstSeenAt: 'd.first_seen_at',
  lastSeenAt: 'd.last_seen_at',
  acceptsDowngrade: 'd.accepts_downgrade',
  lastAddress: 'd.last_address',
};

/**
 * The devices as people see them, for one statement: the one place that says in SQL what `deviceStatus`, `standingIn`
 * and `matches` say in memory. What a check would answer is not among that: it comes along as values, from the decision
 * itself. Columns and conditions are asked for first; `from` then joins what they need and nothing else. `parameters`
 * are the values of the statement.
 *
 *     const fleet = await this.fleet.query(manager);
 *     const [id, status] = [fleet.column('id'), fleet.column('status')];
 *     const where = fleet.where(filter);
 *     manager.query(`SELECT ${id} AS id, ${status} AS status ${fleet.from} WHERE ${where}`, fleet.parameters);
 *
 * The row of the device is `d`. A statement may have several: one for the ids of a page, one for what is shown of them;
 * they share the parameters, see `another`.
 */
export class FleetQuery implements FilterableRow {
  private readsAccess = false;
  private decision: string | undefined;
  private givenNow: string | undefined;

  /** @param at when it is; the beginning of the transaction otherwise */
  constructor(
    private readonly mode: DeviceAuthMode,
    private readonly decisions: readonly RunningDecision[],
    private readonly offers: readonly PersonalOffer[],
    private readonly rollouts: readonly ToldRollout[],
    private readonly at?: Date,
    readonly parameters: unknown[] = [],
  ) {}

  /** For a query within this one, or around it, which joins only what it needs itself. */
  another(): FleetQuery {
    return new FleetQuery(this.mode, this.decisions, this.offers, this.rollouts, this.at, this.parameters);
  }

  get now(): string {
    if (!this.at) return 'now()';
    return (this.givenNow ??= this.parameter(this.at, 'timestamptz'));
  }

  parameter(value: unknown, type: string): string {
    this.parameters.push(value);
    return `$${this.parameters.length}::${type}`;
  }

  /** The devices that a filter finds, as a condition. */
  where(filter: ResolvedFilter): string {
    return filterSql(filter, this);
  }

  column(name: FleetColumn): string {
    const own = OWN[name];
    if (own !== undefined) return own;
    switch (name) {
      case 'identity':
        this.readsAccess = true;
        return `coalesce(access.identity, 'none')`;
      case 'standing':
        return this.standing();
      case 'reason':
        return this.reason();
      case 'desiredVersion':
        this.joinDecision();
        return this.answered.version;
      case 'status':
        return this.status();
      default:
        throw new Error(`There is no column ${name}.`);
    }
  }

  attribute(key: string): string {
    return `coalesce(d.operator_attributes -> ${key}, d.own_attributes -> ${key})`;
  }

  /** Of its anti-rollback counter, as `whyNotBack` has it; null: nobody says. */
  get secureVersion(): string {
    const said = this.attribute(`'${SECURE_VERSION}'`);
    return `(CASE jsonb_typeof(${said}) WHEN 'number' THEN (${said})::float8 END)`;
  }

  isMember(groupId: string): string {
    return `EXISTS (SELECT FROM device_group_member AS member WHERE member.group_id = ${groupId} AND member.device_id = d.id)`;
  }

  /** Whether a device has reported so often that it installed a firmware that it is not offered it again. @param firmwareId SQL */
  isLooping(firmwareId: string): string {
    return `(${loopOf(firmwareId)})`;
  }

  /** Whether a device has not been heard of for some of its intervals, as `deviceStatus` has it. */
  get isSilent(): string {
    return `(${this.now} - d.last_seen_at > ${SILENCE} * interval '1 second')`;
  }

  /** Whether what was asked for depends on who the devices are known to be. */
  get needsAccess(): boolean {
    return this.readsAccess;
  }

  /** What is joined for the columns and conditions that were asked for before. */
  get from(): string {
    const access = this.readsAccess ? ' LEFT JOIN device_access AS access ON access.device_id = d.id' : '';
    return `FROM device AS d${access}${this.decision ?? ''}`;
  }

  private joinDecision(): void {
    const list = (of: (decision: RunningDecision) => unknown, type: string): string =>
      this.parameter(this.decisions.map(of), type);
    this.decision ??= ` LEFT JOIN unnest(${[
      list(({ deviceType }) => deviceType, 'text[]'),
      list(({ version }) => version, 'text[]'),
      list(({ build }) => build, 'int[]'),
      list(({ firmwareId }) => firmwareId, 'bigint[]'),
      list(({ desiredVersion }) => desiredVersion, 'text[]'),
      list(({ reason }) => reason, 'text[]'),
      list(({ isPersonal }) => isPersonal, 'boolean[]'),
    ].join(
      ', ',
    )}) AS decision (device_type, version, build, firmware_id, desired_version, reason, is_personal)
      ON decision.device_type = d.device_type AND decision.version = d.current_version
     AND decision.build = d.current_build${this.joinOffers()}${this.joinRollouts()}`;
  }

  private joinOffers(): string {
    if (this.offers.length === 0) return '';
    const list = (of: (offer: PersonalOffer) => unknown, type: string): string =>
      this.parameter(this.offers.map(of), type);
    return ` LEFT JOIN unnest(${[
      list(({ deviceType }) => deviceType, 'text[]'),
      list(({ firmwareId }) => firmwareId, 'bigint[]'),
      list(({ version }) => version, 'text[]'),
      list(({ isStopped }) => isStopped, 'boolean[]'),
    ].join(', ')}) AS offered (device_type, id, version, is_stopped)
      ON decision.is_personal AND offered.device_type = d.device_type AND offered.id = d.offered_firmware_id`;
  }

  private joinRollouts(): string {
    if (this.offers.length === 0) return '';
    const ids = this.parameter(
      this.rollouts.map(({ id }) => id),
      'bigint[]',
    );
    const stopped = this.parameter(
      this.rollouts.map(({ isStopped }) => isStopped),
      'boolean[]',
    );
    return ` LEFT JOIN unnest(${ids}, ${stopped}) AS told (id, is_stopped) ON told.id = d.withheld_by`;
  }

  private get answered(): typeof FOR_ALL {
    return this.offers.length === 0 ? FOR_ALL : FOR_ONE;
  }

  /** As `standingOf` has it: a device that waits for somebody to decide is to be seen, even while it is served. */
  private enrolled(): string {
    this.readsAccess = true;
    return `(CASE WHEN access.is_blocked THEN 'blocked'
      WHEN access.enrollment IN ('pending', 'rejected') THEN access.enrollment ELSE 'admitted' END)`;
  }

  /** As `standingIn` has it. */
  private standing(): string {
    this.readsAccess = true;
    const hasToProve = this.mode === 'required' ? 'true' : `access.identity <> 'none'`;
    return `(CASE WHEN access.is_blocked THEN 'blocked'
      WHEN access.enrollment = 'rejected' THEN 'rejected'
      WHEN access.enrollment = 'pending' AND ${hasToProve} THEN 'pending'
      ELSE 'admitted' END)`;
  }

  private reason(): string {
    this.joinDecision();
    return `(CASE ${this.standing()} WHEN 'admitted' THEN ${this.answer()}
      WHEN 'pending' THEN 'device_pending' ELSE 'device_blocked' END)`;
  }

  /** Of a device that is served. */
  private answer(): string {
    const { firmware, reason } = this.answered;
    return `(CASE WHEN ${firmware} IS NULL THEN ${reason} WHEN ${loopOf(firmware)} THEN 'update_loop' END)`;
  }

  /** As `deviceStatus` has it. A device that has not checked is not joined with a decision. */
  private status(): string {
    this.joinDecision();
    const ofAdmitted = `CASE
      WHEN decision.device_type IS NULL THEN 'unknown'
      WHEN ${this.isSilent} THEN 'silent'
      WHEN d.update_status IN ('downloading', 'installing')
           AND ${this.now} - d.update_changed_at <= ${LONGEST_STEP} * interval '1 second' THEN 'updating'
      ELSE CASE ${this.answer()}
        WHEN 'up_to_date' THEN 'up_to_date'
        WHEN 'no_release' THEN 'unknown'
        WHEN 'unparsable_current_version' THEN 'unknown'
        WHEN 'update_loop' THEN 'failed'
        ELSE CASE WHEN d.update_status = 'failed' THEN CASE WHEN d.is_rolled_back THEN 'rolled_back' ELSE 'failed' END
                  ELSE 'waiting' END END END`;
    return `(CASE ${this.enrolled()} WHEN 'admitted' THEN ${ofAdmitted}
      WHEN 'pending' THEN 'pending' ELSE 'blocked' END)`;
  }
}
