import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { Request } from 'express';
import { ExtractJwt } from 'passport-jwt';
import { JWT_ALGORITHM } from './jwt.strategy.js';

const tokenOf = ExtractJwt.fromAuthHeaderAsBearerToken();

/**
 * Tells an admin from other clients of a public route. Unlike the guard it does not ask the database, so an admin who
 * was removed counts as one until the token expires.
 */
@Injectable()
export class AdminBearer {
  constructor(private readonly jwt: JwtService) {}

  isIn(request: IncomingMessage): boolean {
    // It reads nothing but the headers.
    const token = tokenOf(request as Request);
    if (token === null) return false;
    try {
      this.jwt.verify(token, { algorithms: [JWT_ALGORITHM] });
      return true;
    } catch {
      return false;
    }
  }
}
