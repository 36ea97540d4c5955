import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { AdminBearer } from './admin-bearer.js';
import { AdminUserEntity } from './admin-user.entity.js';
import { AdminUserRepository } from './admin-user.repository.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { AccessTokens } from './jwt/access-tokens.js';
import { KeyRing } from './jwt/key-ring.js';
import { JwtStrategy } from './jwt.strategy.js';
import { LiveAccess } from './live-access.js';
import { LoginGate } from './login-gate.js';
import { Principals } from './principals.js';
import { AdminSessionEntity } from './sessions/admin-session.entity.js';
import { AdminSessionRepository } from './sessions/admin-session.repository.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionsService } from './sessions/sessions.service.js';
import { ApiTokenEntity } from './tokens/api-token.entity.js';
import { ApiTokenRepository } from './tokens/api-token.repository.js';
import { ApiTokensController } from './tokens/api-tokens.controller.js';
import { ApiTokensService } from './tokens/api-tokens.service.js';
import { TokenUses } from './tokens/token-uses.js';
import { UsersController } from './users/users.controller.js';
import { UsersService } from './users/users.service.js';

@Module({
  imports: [
    AuditModule,
    PassportModule,
    SecretsModule,
    TypeOrmModule.forFeature([AdminUserEntity, AdminSessionEntity, ApiTokenEntity]),
    JwtModule.register({}),
  ],
  controllers: [AuthController, SessionsController, UsersController, ApiTokensController],
  providers: [
    AccessTokens,
    AdminBearer,
    AdminSessionRepository,
    AdminUserRepository,
    ApiTokenRepository,
    ApiTokensService,
    AuthService,
    JwtStrategy,
    KeyRing,
    LiveAccess,
    LoginGate,
    Principals,
    SessionsService,
    TokenUses,
    UsersService,
  ],
  exports: [AdminBearer, JwtStrategy],
})
export class AuthModule {}
