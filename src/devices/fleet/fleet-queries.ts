import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import {
  PersonalPlans,
  ReleaseCatalog,
  type Release,
  type RunningFirmware,
} from '../../releases/releases.exports.js';
import { DeviceSightingRepository } from '../record/device-sighting.repository.js';
import { FleetQuery, type PersonalOffer, type RunningDecision, type ToldRollout } from './fleet-query.js';

const isImage = ({ versionText, build }: Release, running: RunningFirmware): boolean =>
  versionText === running.version && build === running.build;

/** Different things that devices run of which a check's answer is known. A fleet runs some hundreds. */
const MOST_DIFFERENT = 10_000;

/** Begins queries of the fleet, with what checks would answer now. */
@Injectable()
export class FleetQueries {
  private readonly logger = new Logger('Devices');
  private isTold = false;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly sightings: DeviceSightingRepository,
    private readonly catalog: ReleaseCatalog,
    private readonly personal: PersonalPlans,
  ) {}

  /**
   * A device that says something new between this and the statement is one that has not checked yet: who must not see
   * that gives the manager of a transaction that sees one moment.
   * @param at when it is; by the database's clock otherwise
   */
  async query(manager?: EntityManager, at?: Date): Promise<FleetQuery> {
    const running = await this.sightings.findRunning(MOST_DIFFERENT, manager);
    if (running.length === MOST_DIFFERENT) this.tell();
    const types = [...new Set(running.map(({ deviceType }) => deviceType))];
    return new FleetQuery(
      this.config.devices.auth,
      running.map((one) => this.decide(one)),
      types.flatMap((deviceType) => this.offersOf(deviceType)),
      types.flatMap((deviceType) => this.rolloutsOf(deviceType)),
      at,
    );
  }

  private offersOf(deviceType: string): PersonalOffer[] {
    const plan = this.personal.planOf(deviceType) ?? [];
    // Some rollouts and a release may bring the same one.
    const releases = new Map(plan.map(({ release }) => [release.id, release]));
    return [...releases.values()].map(({ id, versionText }) => {
      const bringing = plan.filter(({ release }) => release.id === id);
      const isStopped = bringing.every(({ rollout }) => rollout?.isStopped === true);
      return { deviceType, firmwareId: id, version: versionText, isStopped };
    });
  }

  private rolloutsOf(deviceType: string): ToldRollout[] {
    const plan = this.personal.planOf(deviceType) ?? [];
    return plan.flatMap(({ rollout }) =>
      rollout ? [{ id: rollout.id, isStopped: rollout.isStopped === true }] : [],
    );
  }

  private decide(running: RunningFirmware): RunningDecision {
    const plan = this.personal.planOf(running.deviceType);
    const own = { ...running, isPersonal: plan !== null };
    const decision = this.catalog.decide(running);
    if (decision.kind === 'none') {
      // It may run what a rollout has brought to it, and to nobody else.
      const isReleased = plan?.some(({ release }) => isImage(release, running)) === true;
      const reason = isReleased && decision.reason === 'no_release' ? 'up_to_date' : decision.reason;
      return { ...own, firmwareId: null, desiredVersion: null, reason };
    }
    const { id, versionText } = decision.release;
    return { ...own, firmwareId: id, desiredVersion: versionText, reason: null };
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
