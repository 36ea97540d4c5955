import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import type { Principal } from '../domain/principal.js';
import { AccessTokens, JWT_ALGORITHM } from './jwt/access-tokens.js';
import { Principals, type TokenClaims } from './principals.js';

@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  /** Its name for passport, which has one list for the whole process: several apps may be in it, each with its own keys. */
  readonly scheme = `jwt ${randomUUID()}`;

  constructor(
    tokens: AccessTokens,
    private readonly principals: Principals,
  ) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (_request, token: string, done) => {
        tokens.keyFor(token).then(
          // jsonwebtoken takes a key object, which the types do not say.
          (key) => {
            if (key) done(null, key as unknown as Buffer);
            else done(new Error('The token names a key that is unknown.'));
          },
          done,
        );
      },
      algorithms: [JWT_ALGORITHM],
      passReqToCallback: true,
    });
    passport.use(this.scheme, this);
  }

  /** A signature that holds is not enough: the user may be gone, or have another password since. */
  async validate(request: Request, claims: TokenClaims): Promise<Principal | false> {
    const identity = await this.principals.of(claims);
    return identity !== null && { ...identity, address: request.ip ?? null };
  }
}
