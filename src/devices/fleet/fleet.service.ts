import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DomainError } from '../../domain/errors.js';
import type { ResolvedFilter } from '../../domain/filter/filter.js';
import {
  DEFAULT_SORT,
  parseOrder,
  readCursor,
  SORT_FIELDS,
  writeCursor,
  type Cursor,
  type FleetOrder,
} from '../../domain/fleet-order.js';
import type { Principal } from '../../domain/principal.js';
import { quoted } from '../../domain/quoted.js';
import { firstCodePoints } from '../../domain/storable-text.js';
import { DeviceCountRepository } from '../record/device-count.repository.js';
import { FilterReader } from '../filter/filter-reader.js';
import type { FleetDevice } from './fleet-device.js';
import { FleetLook } from './fleet-look.js';
import { FleetTurns } from './fleet-turns.js';
import { FleetRepository } from './fleet.repository.js';
import { summarize, type FleetSummary } from './fleet-summary.js';

export interface ListQuestion {
  /** A filter as somebody wrote it; empty: all devices. */
  readonly q: string;
  readonly sort: string | undefined;
  readonly skip: number;
  readonly limit: number;
  /** A cursor of the page before. */
  readonly after: string | undefined;
}

export interface DeviceList {
  readonly devices: readonly FleetDevice[];
  readonly total: number;
  /** The cursor of the next page; null: this is the last one. */
  readonly next: string | null;
}

const LONGEST_SHOWN = 60;

/** The devices as people see them. */
@Injectable()
export class FleetService {
  constructor(
    private readonly fleet: FleetRepository,
    private readonly counts: DeviceCountRepository,
    private readonly filters: FilterReader,
    private readonly look: FleetLook,
    private readonly turns: FleetTurns,
  ) {}

  /**
   * @throws DomainError FILTER_INVALID, FILTER_TOO_SLOW, OVERLOADED, and VALIDATION_FAILED for what is no order or no
   * cursor of it
   */
  async list(principal: Principal, question: ListQuestion): Promise<DeviceList> {
    const { q, skip, limit } = question;
    const cursor = cursorOf(question);
    const order = orderOf(question, cursor);
    const filter = await this.filters.read(q);
    return this.turns.take(principal, async (manager) => {
      const page = { filter, order, skip, limit, after: cursor };
      const { devices, end } = await this.fleet.findPage(page, manager);
      const total = cursor?.total ?? (await this.count(q, filter, manager));
      return { devices, total, next: end && writeCursor({ ...end, order, total }) };
    });
  }

  /**
   * All that match, in the order of their ids, some at a time.
   * @throws DomainError FILTER_INVALID, FILTER_TOO_SLOW, OVERLOADED
   */
  async listAll(principal: Principal, q: string): Promise<AsyncGenerator<readonly FleetDevice[]>> {
    return this.findAll(principal, await this.filters.read(q));
  }

  /** Each part is a turn of its own; none is empty. */
  private async *findAll(
    principal: Principal,
    filter: ResolvedFilter,
  ): AsyncGenerator<readonly FleetDevice[]> {
    for (let last = 0; ;) {
      const found = await this.turns.take(principal, (manager) => this.fleet.findNext(manager, filter, last));
      if (found === null) return;
      if (found.devices.length > 0) yield found.devices;
      last = found.end;
    }
  }

  /** @throws DomainError FILTER_INVALID, FILTER_TOO_SLOW, OVERLOADED */
  async summary(principal: Principal, q: string): Promise<FleetSummary> {
    const text = q.trim();
    if (text === '') return this.look.summary();
    const filter = await this.filters.read(text);
    return this.turns.take(principal, async (manager) =>
      summarize(await this.fleet.countCells(filter, manager), await this.fleet.countDays(filter, manager)),
    );
  }

  /** @throws DomainError DEVICE_NOT_FOUND */
  async get(_principal: Principal, deviceId: number): Promise<FleetDevice> {
    const device = await this.fleet.find(deviceId);
    if (device) return device;
    throw new DomainError('DEVICE_NOT_FOUND', `There is no device with the id ${deviceId}.`);
  }

  /** Anew for each first page: what is to happen to all that match expects exactly this number. */
  private count(q: string, filter: ResolvedFilter, manager: EntityManager): Promise<number> {
    return q.trim() === '' ? this.counts.count(manager) : this.fleet.count(filter, manager);
  }
}

function cursorOf({ after, skip }: ListQuestion): Cursor | null {
  if (after === undefined) return null;
  const cursor = readCursor(after);
  if (!cursor) throw invalid('after is not what X-Next of a page said.');
  if (skip > 0) throw invalid('skip and after exclude each other.');
  return cursor;
}

function orderOf({ sort }: ListQuestion, cursor: Cursor | null): FleetOrder {
  const order = parseOrder(sort ?? DEFAULT_SORT);
  if (!order) {
    const given = quoted(firstCodePoints(sort ?? '', LONGEST_SHOWN));
    throw invalid(
      `sort must be one of ${Object.keys(SORT_FIELDS).join(', ')}, with - before it or not, not ${given}.`,
    );
  }
  if (!cursor) return order;
  const isSame = order.field === cursor.order.field && order.isDescending === cursor.order.isDescending;
  if (sort !== undefined && !isSame) throw invalid('after is of a list that is sorted otherwise.');
  return cursor.order;
}

const invalid = (sentence: string): DomainError => new DomainError('VALIDATION_FAILED', sentence);
