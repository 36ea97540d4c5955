import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { ExtractJwt } from 'passport-jwt';
import { looksLikeApiToken } from '../domain/api-token.js';
import type { Principal } from '../domain/principal.js';
import { setPrincipal } from '../http/principal.js';
import { AccessTokens } from './jwt/access-tokens.js';
import { Principals, type Identity } from './principals.js';
import { TokenUses } from './tokens/token-uses.js';

const tokenOf = ExtractJwt.fromAuthHeaderAsBearerToken();

/** @returns the API token that a request brings as a bearer; null: something else, or nothing */
export function apiTokenOf(request: IncomingMessage): string | null {
  // It reads nothing but the headers.
  const token = tokenOf(request as Request);
  return token !== null && looksLikeApiToken(token) ? token : null;
}

/** Tells an admin from other clients of a public route, by the rules of the guard. */
@Injectable()
export class AdminBearer {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly principals: Principals,
    private readonly uses: TokenUses,
  ) {}

  /** The request keeps its principal, as one that has passed the guard. @returns null without a valid token */
  async identify(request: IncomingMessage): Promise<Principal | null> {
    const identity = await this.identityOf(request);
    if (!identity) return null;
    const address = (request as Request).ip ?? request.socket.remoteAddress ?? null;
    const principal = { ...identity, address };
    setPrincipal(request, principal);
    return principal;
  }

  private async identityOf(request: IncomingMessage): Promise<Identity | null> {
    const apiToken = apiTokenOf(request);
    if (apiToken !== null) {
      const identity = await this.principals.ofApiToken(apiToken);
      if (identity?.token) this.uses.note(identity.token.id);
      return identity;
    }
    const token = tokenOf(request as Request);
    const claims = token === null ? null : await this.tokens.verify(token);
    return claims && this.principals.of(claims);
  }
}
