import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import type { Standing } from '../domain/device-access.js';
import { signDownload } from '../domain/download-signature.js';
import { UpdateLoops } from '../devices/devices.exports.js';
import { answerCheck, type UpdateDecision } from '../domain/update-decision.js';
import { signedUrl } from '../http/signed-url.js';
import { ReleaseCatalog, type Release } from '../releases/releases.exports.js';
import { CheckInQueue } from './check-in.queue.js';
import type { CheckQuestion } from './check-question.js';

export interface CheckOutcome {
  readonly decision: UpdateDecision<Release>;
  /** Of an offer; empty otherwise. */
  readonly downloadUrl: string;
}

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
    const called = this.catalog.decide(question);
    const decision = answerCheck(called, standing, ({ id }) => this.loops.includes(question.deviceId, id));
    if (standing !== 'admitted' || called.kind === 'none') this.checkIns.add(question, null);
    else this.checkIns.add(question, called.release.id, decision.kind === 'none');
    const downloadUrl =
      decision.kind === 'offer' ? this.downloadUrl(decision.release, question.deviceId) : '';
    return { decision, downloadUrl };
  }

  private downloadUrl({ id, downloadPath }: Release, deviceId: number): string {
    const { secret, ttlSeconds } = this.config.download;
    if (secret === null) return downloadPath;
    const expires = Math.floor(Date.now() / 1000) + ttlSeconds;
    const signature = signDownload({ firmwareId: id, deviceId, expires }, secret);
    return signedUrl(downloadPath, { deviceId: String(deviceId), expires: String(expires), signature });
  }
}
