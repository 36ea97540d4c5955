import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SecretEntity } from './secret.entity.js';
import { SecretRepository } from './secret.repository.js';

@Module({
  imports: [TypeOrmModule.forFeature([SecretEntity])],
  providers: [SecretRepository],
  exports: [SecretRepository],
})
export class SecretsModule {}
