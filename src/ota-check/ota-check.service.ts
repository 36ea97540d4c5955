import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import type { Standing } from '../domain/device-access.js';
import { signDownload } from '../domain/download-signature.js';
import { UpdateLoops } from '../devices/devices.exports.js';
import type { NoUpdateReason, UpdateDecision } from '../domain/update-decision.js';
import { signedUrl } from '../http/signed-url.js';
import { ReleaseCatalog, type Release } from '../releases/releases.exports.js';
import { CheckInQueue } from './check-in.queue.js';
import type { CheckQuestion } from './check-question.js';

export interface CheckOutcome {
  readonly decision: UpdateDecision<Release>;
  /** Of an offer; empty otherwise. */
  readonly downloadUrl: string;
}

const without = (reason: NoUpdateReason): CheckOutcome => ({
  decision: { kind: 'none', reason },
  downloadUrl: '',
});
const UPDATE_LOOP = without('update_loop');
/** A device that is not served is not told what it would be offered. */
const NOT_SERVED: Readonly<Record<Exclude<Standing, 'admitted'>, CheckOutcome>> = {
  blocked: without('device_blocked'),
  pending: without('device_pending'),
  rejected: without('device_blocked'),
};

@Injectable()
export class OtaCheckService {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly catalog: ReleaseCatalog,
    private readonly checkIns: CheckInQueue,
    private readonly loops: UpdateLoops,
  ) {}

  /** Decides from memory; what it has to write down waits in a queue. */
  checkForUpdate(question: CheckQuestion, standing: Standing): CheckOutcome {
    if (standing !== 'admitted') {
      this.checkIns.add(question, null);
      return NOT_SERVED[standing];
    }
    const decision = this.catalog.decide(question);
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
