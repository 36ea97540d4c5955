import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { Request } from 'express';
import { ExtractJwt } from 'passport-jwt';
import { JWT_ALGORITHM } from './jwt.strategy.js';
import { TokenEpochs, type TokenClaims } from './token-epochs.js';

const tokenOf = ExtractJwt.fromAuthHeaderAsBearerToken();

/** Tells an admin from other clients of a public route, by the rules of the guard. */
@Injectable()
export class AdminBearer {
  constructor(
    private readonly jwt: JwtService,
    private readonly epochs: TokenEpochs,
  ) {}

  async isIn(request: IncomingMessage): Promise<boolean> {
    // It reads nothing but the headers.
    const token = tokenOf(request as Request);
    if (token === null) return false;
    const claims = this.claimsOf(token);
    return claims !== null && this.epochs.accepts(claims);
  }

  /** @returns null for a token that is not signed with our key, or has expired */
  private claimsOf(token: string): TokenClaims | null {
    try {
      return this.jwt.verify<TokenClaims>(token, { algorithms: [JWT_ALGORITHM] });
    } catch {
      return null;
    }
  }
}
