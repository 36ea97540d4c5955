import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DownloadSecretCheck } from './download-secret-check.js';
import { SecretEntity } from './secret.entity.js';
import { SecretRepository } from './secret.repository.js';

@Module({
  imports: [TypeOrmModule.forFeature([SecretEntity])],
  providers: [DownloadSecretCheck, SecretRepository],
  exports: [SecretRepository],
})
export class SecretsModule {}
