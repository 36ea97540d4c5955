import { Body, Controller, Delete, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { CookieOptions, Request, Response } from 'express';
import { ApiAnswer, ApiProblems, JSON_BODY_PROBLEMS } from '../../http/openapi.js';
import { SuccessResponse } from '../../http/success-response.js';
import { Public } from '../../http/public.js';
import { clientNetwork } from '../../overload/client-network.js';
import { LoginRequest } from '../dto/login.dto.js';
import { SessionResponse } from '../dto/session.dto.js';
import { SameSiteGuard } from './same-site.guard.js';
import { cookieOf } from './session-cookie.js';
import { SessionsService, type OpenSession } from './sessions.service.js';

const PATH = '/api/auth/session';

/** The only routes that read a cookie: everything else takes a bearer, which no other site can send. */
@ApiTags('auth')
@UseGuards(SameSiteGuard)
@Controller('api/auth/session')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Post()
  @Public()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Log in a browser',
    description:
      'Returns a bearer token for 15 minutes, and sets a cookie with which the browser gets the next one. The cookie cannot ' +
      'be read by scripts, is sent to this site only, and ends after 30 days. Programs log in with POST /api/auth/login.',
  })
  @ApiAnswer(SessionResponse, 'The token; the cookie is in Set-Cookie.')
  @ApiProblems(
    ...JSON_BODY_PROBLEMS,
    'INVALID_CREDENTIALS',
    'CROSS_SITE_REQUEST',
    'TOO_MANY_ATTEMPTS',
    'DATABASE_UNAVAILABLE',
    'OVERLOADED',
  )
  async begin(
    @Body() { username, password }: LoginRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionResponse> {
    const client = { network: clientNetwork(request.ip), address: request.ip ?? null };
    const session = await this.sessions.begin(username, password, client);
    setCookie(request, response, session);
    return SessionResponse.from(session);
  }

  @Post('refresh')
  @Public()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Get the next token of a session',
    description:
      'Exchanges the cookie for another one. A cookie that is used a second time ends the session, since a copy may have ' +
      'been stolen.',
  })
  @ApiAnswer(SessionResponse, 'The token; the next cookie is in Set-Cookie.')
  @ApiResponse({ status: 204, description: 'There is no session: log in.' })
  @ApiProblems('CROSS_SITE_REQUEST', 'TOO_MANY_ATTEMPTS', 'DATABASE_UNAVAILABLE', 'OVERLOADED')
  async refresh(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionResponse | undefined> {
    const cookie = cookieOf(request.headers.cookie, cookieName(request));
    const session = cookie === null ? null : await this.sessions.refresh(cookie);
    if (session) {
      setCookie(request, response, session);
      return SessionResponse.from(session);
    }
    if (cookie !== null) clearCookie(request, response);
    response.status(204);
    return undefined;
  }

  @Delete()
  @Public()
  @ApiOperation({
    summary: 'Log out a browser',
    description: 'Ends the session of the cookie, if there is one, and the tokens that it has given out.',
  })
  @ApiAnswer(SuccessResponse, 'There is no session any more.')
  @ApiProblems('CROSS_SITE_REQUEST', 'TOO_MANY_ATTEMPTS', 'DATABASE_UNAVAILABLE', 'OVERLOADED')
  async end(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SuccessResponse> {
    const cookie = cookieOf(request.headers.cookie, cookieName(request));
    if (cookie !== null) await this.sessions.end(cookie, request.ip ?? null);
    clearCookie(request, response);
    return { success: true };
  }
}

/** Browsers take `__Host-` from HTTPS only, and let nobody else set such a cookie: no subdomain and no plain HTTP. */
const cookieName = ({ secure }: Request): string => (secure ? '__Host-ota_session' : 'ota_session');

const cookieOptions = ({ secure }: Request): CookieOptions => ({
  httpOnly: true,
  sameSite: 'strict',
  secure,
  // `__Host-` takes the root alone.
  path: secure ? '/' : PATH,
});

function setCookie(request: Request, response: Response, { cookie, cookieExpiresAt }: OpenSession): void {
  response.cookie(cookieName(request), cookie, { ...cookieOptions(request), expires: cookieExpiresAt });
}

function clearCookie(request: Request, response: Response): void {
  response.clearCookie(cookieName(request), cookieOptions(request));
}
