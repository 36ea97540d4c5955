import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { DomainError } from '../../domain/errors.js';

/** `none`: the person typed the address. Programs and old browsers send no such header. */
const OWN: readonly unknown[] = [undefined, 'same-origin', 'none'];

/** Refuses what a page of another site has a browser send, with the cookie of a session or without. */
@Injectable()
export class SameSiteGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<Request>();
    const site = headers['sec-fetch-site'];
    if (OWN.includes(site)) return true;
    throw new DomainError(
      'CROSS_SITE_REQUEST',
      'Sessions of browsers are used from this site only; the request came from another one.',
    );
  }
}
