import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AuditFacts, Json } from '../domain/audit-chain.js';
import type { Principal } from '../domain/principal.js';
import { boundedText, storableJson } from '../domain/storable-json.js';
import { currentRequestId } from '../http/request-context.js';
import { AuditNotes } from './audit-notes.js';
import { AuditRepository, type AddedRowListener, type Cut } from './audit.repository.js';
import { FirstTimes, RowBudget } from './note-limits.js';
import { cutOnRecord } from './on-record.js';

/** A device that did something, from where. */
export interface DeviceActor {
  readonly deviceId: number;
  readonly address: string | null;
}

/** One thing that was done, or refused. */
export interface AuditEntry {
  /** null: the server itself. */
  readonly by: Principal | DeviceActor | null;
  /** What was done to which kind of thing: `firmware.register`. */
  readonly action: string;
  /** `firmware:12`; cut at 120 characters. */
  readonly target: string;
  /**
   * The fields that were changed, as they were and as they are, by the names that they have in the API; never a secret.
   * Long texts are cut.
   */
  readonly before?: Json;
  readonly after?: Json;
  readonly result?: AuditFacts['result'];
}

/** One principal that is refused the same again and again makes one row in this time. */
const REFUSED_AGAIN_MS = 60_000;
const REMEMBERED_REFUSALS = 10_000;
/** The same of one device makes one row in this time. */
const DEVICE_AGAIN_MS = 3600_000;
const REMEMBERED_DEVICES = 50_000;
const DEVICE_ROWS_A_MINUTE = 1_000;

/** @throws DomainError when what the principal was let in with has ended since; the change is undone then */
export type ActorCheck = (manager: EntityManager, principal: Principal, target: string) => Promise<void>;

/** Puts what admins and devices do on record. */
@Injectable()
export class AuditLog {
  private readonly refused = new FirstTimes(REFUSED_AGAIN_MS, REMEMBERED_REFUSALS, now);
  private readonly noted = new FirstTimes(DEVICE_AGAIN_MS, REMEMBERED_DEVICES, now);
  private actorCheck: ActorCheck = () => Promise.resolve();
  private readonly budget = new RowBudget(DEVICE_ROWS_A_MINUTE, now);

  constructor(
    private readonly rows: AuditRepository,
    private readonly notes: AuditNotes,
  ) {}

  /**
   * In the transaction that does it, and to be the last thing that this does: others who record something wait for its
   * end.
   */
  async record(manager: EntityManager, entry: AuditEntry): Promise<void> {
    await this.check(manager, entry);
    await this.rows.append(manager, factsOf(entry));
  }

  /** Who looks whether an actor may still do what is about to be committed. To be called before the app has started. */
  checkActors(check: ActorCheck): void {
    this.actorCheck = check;
  }

  /** Who is told of each row, in the transaction that adds it. To be called before the app has started. */
  whenRecorded(listener: AddedRowListener): void {
    this.rows.whenAdded(listener);
  }

  private async check(
    manager: EntityManager,
    { by, target }: Pick<AuditEntry, 'by' | 'target'>,
  ): Promise<void> {
    if (by !== null && !('deviceId' in by)) await this.actorCheck(manager, by, target);
  }

  /** That the log begins later from now on; in the transaction that cuts it. */
  async recordCut(manager: EntityManager, by: Principal, cut: Cut, rows: number): Promise<void> {
    const after = cutOnRecord(cut, rows);
    await this.check(manager, { by, target: 'audit' });
    await this.rows.append(manager, factsOf({ by, action: 'audit.cut', target: 'audit', after }), cut);
  }

  /** In a transaction of its own, for what was not done in the database. Resolves when it is on record. */
  recordAlone(entry: AuditEntry): Promise<void> {
    return this.rows.transaction((manager) => this.record(manager, entry));
  }

  /**
   * That a principal was refused something for its role; the same again within a minute is left out. Never waits and
   * never throws: the row is written afterwards, as soon as the database takes it.
   */
  noteRefusal(by: Principal, { action, target }: Pick<AuditEntry, 'action' | 'target'>): void {
    const key = `${by.id} ${by.token?.id ?? ''} ${action}`;
    if (this.refused.has(key)) return;
    this.refused.add(key);
    this.notes.add(factsOf({ by, action, target, result: 'refused' }));
  }

  /**
   * What a device did outside of a transaction. The same action of a device is left out for an hour, and what exceeds
   * 1,000 rows a minute is counted in a row of its own. Never waits and never throws, as {@link noteRefusal}.
   */
  noteDevice(entry: AuditEntry & { readonly by: DeviceActor }): void {
    const key = `${entry.by.deviceId} ${entry.action}`;
    if (this.noted.has(key)) return;
    this.tellLeftOut();
    if (!this.budget.take()) return;
    this.noted.add(key);
    this.notes.add(factsOf(entry));
  }

  /** Puts on record how much of devices was left out, when there is something to tell. */
  tellLeftOut(): void {
    const rows = this.budget.takeLeftOut();
    if (rows === 0) return;
    this.notes.add(factsOf({ by: null, action: 'audit.leave_out', target: 'audit', after: { rows } }));
  }
}

const now = (): number => performance.now();

const MAX_ACTION = 50;
const MAX_TARGET = 120;
const MAX_NAME = 300;
const MAX_ADDRESS = 100;

/** The row of an entry, but for its place in the chain. */
export function factsOf({
  by,
  action,
  target,
  before = null,
  after = null,
  result = 'done',
}: AuditEntry): AuditFacts {
  return {
    at: new Date().toISOString(),
    ...actorOf(by),
    requestId: currentRequestId() ?? null,
    action: boundedText(action, MAX_ACTION),
    target: boundedText(target, MAX_TARGET),
    before: storableJson(before),
    after: storableJson(after),
    result,
  };
}

type Actor = Pick<AuditFacts, 'actorKind' | 'actorId' | 'actorName' | 'address'>;

function actorOf(by: AuditEntry['by']): Actor {
  if (by === null) return { actorKind: 'server', actorId: null, actorName: 'server', address: null };
  const address = by.address === null ? null : boundedText(by.address, MAX_ADDRESS);
  if ('deviceId' in by) {
    return { actorKind: 'device', actorId: by.deviceId, actorName: String(by.deviceId), address };
  }
  const { token } = by;
  const name = boundedText(token ? `${by.name}/${token.name}` : by.name, MAX_NAME);
  return { actorKind: token ? 'token' : 'user', actorId: token ? token.id : by.id, actorName: name, address };
}
