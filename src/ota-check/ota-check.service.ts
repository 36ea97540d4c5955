import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import type { Standing } from '../domain/device-access.js';
import { signDownload } from '../domain/download-signature.js';
import { UpdateLoops } from '../devices/devices.exports.js';
import { answerCheck, isOfRollout, type UpdateDecision } from '../domain/update-decision.js';
import { signedUrl } from '../http/signed-url.js';
import { ReleaseCatalog, type Release } from '../releases/releases.exports.js';
import { ALL_DEVICES, CheckIns, RolloutOffers, type PersonalDecision } from '../rollouts/rollouts.exports.js';
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
    private readonly rollouts: RolloutOffers,
    private readonly counts: CheckIns,
  ) {}

  /**
   * Decides from memory, and at once, unless a rollout is to admit the device; what it has to write down waits in a queue.
   */
  checkForUpdate(question: CheckQuestion, standing: Standing): CheckOutcome | Promise<CheckOutcome> {
    this.counts.note(ALL_DEVICES);
    const plan = standing === 'admitted' ? this.rollouts.planFor(question) : null;
    if (!plan) return this.answer(question, standing, this.catalog.decide(question), false, false);
    const personal = this.rollouts.decide(question, plan, ({ id }) =>
      this.loops.includes(question.deviceId, id),
    );
    const finish = ({ decision, isWatched }: PersonalDecision): CheckOutcome =>
      this.answer(question, standing, decision, true, isWatched);
    return personal instanceof Promise ? personal.then(finish) : finish(personal);
  }

  private answer(
    question: CheckQuestion,
    standing: Standing,
    called: UpdateDecision<Release>,
    isPersonal: boolean,
    isWatched: boolean,
  ): CheckOutcome {
    const decision = answerCheck(called, standing, ({ id }) => this.loops.includes(question.deviceId, id));
    const isWithheld = isPersonal && called.kind === 'none' && isOfRollout(called.reason);
    const isCalled = standing === 'admitted' && called.kind === 'offer';
    this.checkIns.add(question, isCalled ? called.release.id : null, {
      withheld: isWithheld ? called.reason : null,
      withheldBy: isWithheld ? (called.rolloutId ?? null) : null,
      isLooping: isCalled && decision.kind === 'none',
      isWatched,
    });
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
