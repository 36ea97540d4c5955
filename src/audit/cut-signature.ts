import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SecretRepository } from '../secrets/secrets.exports.js';
import type { AuditHead } from './audit.repository.js';

/** Where a log begins, and what the first row holds of the one before. */
type Beginning = Pick<AuditHead, 'firstId' | 'previousHash'>;

/** Signs where the log was cut, so that rows cannot be removed at its old end in another way unnoticed. */
@Injectable()
export class CutSignatures {
  constructor(private readonly secrets: SecretRepository) {}

  /** HMAC-SHA256, lower-case hex. */
  async sign({ firstId, previousHash }: Beginning): Promise<string> {
    const key = await this.secrets.sharedSecret('audit');
    return createHmac('sha256', key).update(`audit.cut:${firstId}:${previousHash}`).digest('hex');
  }

  async isRight({ cutSignature, ...beginning }: AuditHead): Promise<boolean> {
    const [given, expected] = [Buffer.from(cutSignature ?? ''), Buffer.from(await this.sign(beginning))];
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}
