import { createSecretKey } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import type { Principal } from '../domain/principal.js';
import { Principals, type TokenClaims } from './principals.js';

export const JWT_ALGORITHM = 'HS256';

@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(
    @Inject(APP_CONFIG) config: AppConfig,
    private readonly principals: Principals,
  ) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      // Of a text jsonwebtoken first tries to make a public key, for each request: a third of what a list costs.
      secretOrKey: createSecretKey(config.jwt.secret, 'utf8') as unknown as Buffer,
      algorithms: [JWT_ALGORITHM],
      passReqToCallback: true,
    });
  }

  /** A signature that holds is not enough: the user may be gone, or have another password since. */
  async validate(request: Request, claims: TokenClaims): Promise<Principal | false> {
    const identity = await this.principals.of(claims);
    return identity !== null && { ...identity, address: request.ip ?? null };
  }
}
