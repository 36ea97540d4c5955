import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAnswer, ApiProblems, JSON_BODY_PROBLEMS } from '../http/openapi.js';
import { Public } from '../http/public.js';
import { AuthService } from './auth.service.js';
import { LoginRequest, LoginResponse } from './dto/login.dto.js';

@ApiTags('auth')
@Controller('api/auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Post('login')
  @Public()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Log in',
    description:
      'Trades a user name and a password for a token, which every other operation of admins needs. It lasts expires_in seconds; log in again then.',
  })
  @ApiAnswer(LoginResponse, 'Press Authorize and paste the access_token.')
  @ApiProblems(...JSON_BODY_PROBLEMS, 'INVALID_CREDENTIALS', 'DATABASE_UNAVAILABLE')
  async login(@Body() { username, password }: LoginRequest): Promise<LoginResponse> {
    const { token, expiresInSeconds } = await this.auth.login(username, password);
    return { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds };
  }
}
