import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { signDownload } from '../domain/download-signature.js';
import { BoundedCache } from '../domain/bounded-cache.js';
import { parseVersion } from '../domain/firmware-version.js';
import { decideUpdate, type UpdateDecision } from '../domain/update-decision.js';
import { ReleaseCatalog, type Release } from '../firmware/firmware.exports.js';
import { CheckInQueue } from './check-in.queue.js';
import type { CheckQuestion } from './check-question.js';

/** Versions that a fleet runs at one time, and some that nobody should. */
const VERSIONS_REMEMBERED = 10_000;

export type CheckOutcome =
  | (Extract<UpdateDecision<Release>, { kind: 'offer' }> & { readonly downloadUrl: string })
  | Extract<UpdateDecision<Release>, { kind: 'none' }>;

@Injectable()
export class OtaCheckService {
  private readonly versions = new BoundedCache(VERSIONS_REMEMBERED, parseVersion);

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly catalog: ReleaseCatalog,
    private readonly checkIns: CheckInQueue,
  ) {}

  /** Decides from memory; what it has to write down waits in a queue. */
  checkForUpdate(question: CheckQuestion): CheckOutcome {
    const running = { version: this.versions.get(question.version), build: question.build };
    const decision = decideUpdate(running, this.catalog.releasesFor(question.deviceType));
    const offeredId = decision.kind === 'offer' ? decision.release.id : null;
    this.checkIns.add(question, offeredId);
    if (decision.kind === 'none') return decision;
    return { ...decision, downloadUrl: this.downloadUrl(decision.release.id, question.deviceId) };
  }

  private downloadUrl(firmwareId: number, deviceId: number): string {
    const path = `/api/ota/download/${firmwareId}`;
    const { secret, ttlSeconds } = this.config.download;
    if (secret === null) return path;
    const expires = Math.floor(Date.now() / 1000) + ttlSeconds;
    const signature = signDownload({ firmwareId, deviceId, expires }, secret);
    return `${path}?device_id=${deviceId}&expires=${expires}&sig=${signature}`;
  }
}
