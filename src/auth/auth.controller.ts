import { Body, Controller, Get, HttpCode, Logger, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import type { Principal } from '../domain/principal.js';
import { Allow } from '../http/allow.js';
import { ApiAnswer, ApiProblems, JSON_BODY_PROBLEMS } from '../http/openapi.js';
import { CurrentPrincipal } from '../http/principal.js';
import { SuccessResponse } from '../http/success-response.js';
import { Public } from '../http/public.js';
import { AuthService } from './auth.service.js';
import { clientNetwork } from '../overload/client-network.js';
import { LoginRequest, LoginResponse } from './dto/login.dto.js';
import { MeResponse } from './dto/me.dto.js';
import { PasswordChangeRequest } from './dto/password.dto.js';

@ApiTags('auth')
@Controller('api/auth')
export class AuthController {
  private readonly logger = new Logger('Login');
  private hasWarned = false;

  constructor(private readonly auth: AuthService) {}

  @Post('login')
  @Public()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Log in',
    description:
      'Exchanges a username and password for a bearer token, which all other admin operations require. It is valid for ' +
      'expires_in seconds; then log in again. After several failures from one address, further attempts are refused ' +
      'until Retry-After seconds have passed, whether the password is correct or not.',
  })
  @ApiAnswer(LoginResponse, 'The token. In Swagger UI, press Authorize and paste the access_token.')
  @ApiProblems(
    ...JSON_BODY_PROBLEMS,
    'INVALID_CREDENTIALS',
    'TOO_MANY_ATTEMPTS',
    'DATABASE_UNAVAILABLE',
    'OVERLOADED',
  )
  async login(@Body() { username, password }: LoginRequest, @Req() request: Request): Promise<LoginResponse> {
    const { token, expiresInSeconds } = await this.auth.login(username, password, this.networkOf(request));
    return { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds };
  }

  @Get('me')
  @Allow('viewer')
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Show who a token stands for',
    description: 'Returns the user, the role, how the token was obtained and when it expires.',
  })
  @ApiAnswer(MeResponse, 'The user, the role, and until when.')
  @ApiProblems('UNAUTHENTICATED', 'TOO_MANY_ATTEMPTS', 'DATABASE_UNAVAILABLE')
  me(@CurrentPrincipal() principal: Principal): MeResponse {
    return MeResponse.from(principal);
  }

  @Post('password')
  @Allow('viewer', { action: 'user.password' })
  @HttpCode(200)
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Change your own password',
    description:
      'Invalidates all tokens of logins that were issued to you before, including the one sent with this request: log in ' +
      'again. Your sessions in other browsers end. API tokens stay, and cannot change the password.',
  })
  @ApiAnswer(SuccessResponse, 'The password was changed.')
  @ApiProblems(
    ...JSON_BODY_PROBLEMS,
    'PASSWORD_TOO_SHORT',
    'PASSWORD_COMMON',
    'INVALID_CREDENTIALS',
    'TOKEN_NOT_ALLOWED',
    'TOO_MANY_ATTEMPTS',
    'DATABASE_UNAVAILABLE',
    'OVERLOADED',
  )
  async changePassword(
    @CurrentPrincipal() principal: Principal,
    @Body() { current_password: current, new_password: next }: PasswordChangeRequest,
    @Req() request: Request,
  ): Promise<SuccessResponse> {
    await this.auth.changePassword(principal, { current, next }, this.networkOf(request));
    return { success: true };
  }

  private networkOf(request: Request): string {
    const isForwarded = request.get('x-forwarded-for') !== undefined;
    if (isForwarded && request.ip === request.socket.remoteAddress && !this.hasWarned) {
      this.hasWarned = true;
      this.logger.warn(
        `A login came through the proxy ${request.ip ?? ''}, which TRUST_PROXY does not name. All logins through it ` +
          'count as one address: name it in TRUST_PROXY if it is yours.',
      );
    }
    return clientNetwork(request.ip);
  }
}
