import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { Request } from 'express';
import { ExtractJwt } from 'passport-jwt';
import type { Principal } from '../domain/principal.js';
import { setPrincipal } from '../http/principal.js';
import { JWT_ALGORITHM } from './jwt.strategy.js';
import { Principals, type TokenClaims } from './principals.js';

const tokenOf = ExtractJwt.fromAuthHeaderAsBearerToken();

/** Tells an admin from other clients of a public route, by the rules of the guard. */
@Injectable()
export class AdminBearer {
  constructor(
    private readonly jwt: JwtService,
    private readonly principals: Principals,
  ) {}

  /** The request keeps its principal, as one that has passed the guard. @returns null without a valid token */
  async identify(request: IncomingMessage): Promise<Principal | null> {
    // It reads nothing but the headers.
    const token = tokenOf(request as Request);
    const claims = token === null ? null : this.claimsOf(token);
    const identity = claims && (await this.principals.of(claims));
    if (!identity) return null;
    const principal = { ...identity, address: request.socket.remoteAddress ?? null };
    setPrincipal(request, principal);
    return principal;
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
