import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { TokenClaims } from '../principals.js';
import { KeyRing } from './key-ring.js';

/** The only algorithm: a token that names another one is refused before its signature is looked at. */
export const JWT_ALGORITHM = 'HS256';

/** Signs JWTs, and finds the keys that they were signed with. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly jwt: JwtService,
    private readonly ring: KeyRing,
  ) {}

  sign(claims: TokenClaims, expiresInSeconds: number): Promise<string> {
    const { key, keyId } = this.ring.current();
    return this.jwt.signAsync(claims, {
      algorithm: JWT_ALGORITHM,
      keyid: keyId,
      expiresIn: expiresInSeconds,
      secret: asSecret(key),
    });
  }

  /** @returns null for a token that is not signed with one of our keys, or has expired */
  async verify(token: string): Promise<TokenClaims | null> {
    const key = await this.keyFor(token);
    if (!key) return null;
    try {
      return this.jwt.verify<TokenClaims>(token, { algorithms: [JWT_ALGORITHM], secret: asSecret(key) });
    } catch {
      return null;
    }
  }

  /** @returns undefined when the token names a key that is not ours, or is no token */
  async keyFor(token: string): Promise<KeyObject | undefined> {
    const header = headerOf(token);
    return header === null ? undefined : this.ring.find(header['kid']);
  }
}

/** jsonwebtoken takes key objects, which the types of @nestjs/jwt do not say. */
const asSecret = (key: KeyObject): Buffer => key as unknown as Buffer;

function headerOf(token: string): Readonly<Record<string, unknown>> | null {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString());
    return typeof header === 'object' ? (header as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
