import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { signDownload } from '../domain/download-signature.js';
import { UpdateLoops } from '../devices/devices.exports.js';
import type { UpdateDecision } from '../domain/update-decision.js';
import { ReleaseCatalog, type Release } from '../firmware/firmware.exports.js';
import { signedUrl } from '../http/signed-url.js';
import { CheckInQueue } from './check-in.queue.js';
import type { CheckQuestion } from './check-question.js';
import { RememberedDecisions } from './remembered-decisions.js';

/** Types, versions and builds of all fleets at one time, and some that nobody should run. */
const DECISIONS_REMEMBERED = 10_000;

export interface CheckOutcome {
  readonly decision: UpdateDecision<Release>;
  /** Of an offer; empty otherwise. */
  readonly downloadUrl: string;
}

const UPDATE_LOOP: CheckOutcome = { decision: { kind: 'none', reason: 'update_loop' }, downloadUrl: '' };

@Injectable()
export class OtaCheckService {
  private readonly decisions = new RememberedDecisions(DECISIONS_REMEMBERED);

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly catalog: ReleaseCatalog,
    private readonly checkIns: CheckInQueue,
    private readonly loops: UpdateLoops,
  ) {}

  /** Decides from memory; what it has to write down waits in a queue. */
  checkForUpdate(question: CheckQuestion): CheckOutcome {
    const decision = this.decisions.decide(question, this.catalog.releasesFor(question.deviceType));
    if (decision.kind === 'none') {
      this.checkIns.add(question, null);
      return { decision, downloadUrl: '' };
    }
    const { release } = decision;
    if (this.loops.includes(question.deviceId, release.id)) {
      this.checkIns.add(question, release.id, true);
      return UPDATE_LOOP;
    }
    this.checkIns.add(question, release.id);
    return { decision, downloadUrl: this.downloadUrl(release, question.deviceId) };
  }

  private downloadUrl({ id, downloadPath }: Release, deviceId: number): string {
    const { secret, ttlSeconds } = this.config.download;
    if (secret === null) return downloadPath;
    const expires = Math.floor(Date.now() / 1000) + ttlSeconds;
    const signature = signDownload({ firmwareId: id, deviceId, expires }, secret);
    return signedUrl(downloadPath, { deviceId: String(deviceId), expires: String(expires), signature });
  }
}
