import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { TypeOrmModule } from '@nestjs/typeorm';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { AdminBearer } from './admin-bearer.js';
import { AdminUserEntity } from './admin-user.entity.js';
import { AdminUserRepository } from './admin-user.repository.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { JWT_ALGORITHM, JwtStrategy } from './jwt.strategy.js';
import { LoginGate } from './login-gate.js';
import { Principals } from './principals.js';

@Module({
  imports: [
    PassportModule,
    TypeOrmModule.forFeature([AdminUserEntity]),
    JwtModule.registerAsync({
      inject: [APP_CONFIG],
      useFactory: ({ jwt }: AppConfig) => ({
        secret: jwt.secret,
        signOptions: { algorithm: JWT_ALGORITHM, expiresIn: jwt.ttlSeconds },
      }),
    }),
  ],
  controllers: [AuthController],
  providers: [AuthService, AdminBearer, AdminUserRepository, JwtStrategy, LoginGate, Principals],
  exports: [AdminBearer],
})
export class AuthModule {}
