import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { ReleaseCatalog, type RunningFirmware } from '../../releases/releases.exports.js';
import { DeviceRepository } from '../device.repository.js';
import { FleetQuery, type RunningDecision } from './fleet-query.js';

/** Different things that devices run of which a check's answer is known. A fleet runs some hundreds. */
const MOST_DIFFERENT = 10_000;

/** Begins queries of the fleet, with what checks would answer now. */
@Injectable()
export class FleetQueries {
  private readonly logger = new Logger('Devices');
  private isTold = false;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly devices: DeviceRepository,
    private readonly catalog: ReleaseCatalog,
  ) {}

  /**
   * A device that says something new between this and the statement is one that has not checked yet: who must not see
   * that gives the manager of a transaction that sees one moment.
   * @param at when it is; by the database's clock otherwise
   */
  async query(manager?: EntityManager, at?: Date): Promise<FleetQuery> {
    const running = await this.devices.findRunning(MOST_DIFFERENT, manager);
    if (running.length === MOST_DIFFERENT) this.tell();
    return new FleetQuery(
      this.config.devices.auth,
      running.map((one) => this.decide(one)),
      at,
    );
  }

  private decide(running: RunningFirmware): RunningDecision {
    const { deviceType, version, build } = running;
    const decision = this.catalog.decide(running);
    if (decision.kind === 'none') {
      return { deviceType, version, build, firmwareId: null, desiredVersion: null, reason: decision.reason };
    }
    const { id, versionText } = decision.release;
    return { deviceType, version, build, firmwareId: id, desiredVersion: versionText, reason: null };
  }

  private tell(): void {
    if (this.isTold) return;
    this.isTold = true;
    this.logger.warn(
      `Devices run ${MOST_DIFFERENT} different versions or more, which no fleet does. Those of the rarest are listed with ` +
        'the status unknown. Set DEVICE_AUTH=required if anybody may check as a device.',
    );
  }
}
