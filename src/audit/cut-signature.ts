import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SecretRepository } from '../secrets/secrets.exports.js';
import type { AuditHead } from './audit.repository.js';

/** The head, and what is known of the cut before its first row. */
export interface SignedHead extends AuditHead {
  /** Whether a server of this database cut the log there; null: it was never cut. */
  readonly isCutSigned: boolean | null;
}

/** Where a log begins, and what the first row holds of the one before. */
type Beginning = Pick<AuditHead, 'firstId' | 'previousHash'>;

/** Signs where the log was cut, so that rows cannot be removed at its old end in another way unnoticed. */
@Injectable()
export class CutSignatures {
  constructor(private readonly secrets: SecretRepository) {}

  /** For programs that run beside the server. */
  static of(manager: EntityManager): CutSignatures {
    return new CutSignatures(SecretRepository.of(manager));
  }

  /** HMAC-SHA256, lower-case hex. */
  async sign({ firstId, previousHash }: Beginning): Promise<string> {
    const key = await this.secrets.sharedSecret('audit');
    return createHmac('sha256', key).update(`audit.cut:${firstId}:${previousHash}`).digest('hex');
  }

  async verified(head: AuditHead): Promise<SignedHead> {
    const isCut = head.cutSignature !== null || head.firstId > 1;
    return { ...head, isCutSigned: isCut ? await this.isRight(head) : null };
  }

  private async isRight({ cutSignature, ...beginning }: AuditHead): Promise<boolean> {
    const [given, expected] = [Buffer.from(cutSignature ?? ''), Buffer.from(await this.sign(beginning))];
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}
