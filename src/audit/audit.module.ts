import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SecretsModule } from '../secrets/secrets.module.js';
import { AuditHeadWatch } from './audit-head-watch.js';
import { AuditHistory } from './audit-history.service.js';
import { AuditLogEntity } from './audit-log.entity.js';
import { AuditNotes } from './audit-notes.js';
import { AuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuditLog } from './audit.service.js';
import { CutSignatures } from './cut-signature.js';

@Module({
  imports: [TypeOrmModule.forFeature([AuditLogEntity]), SecretsModule],
  controllers: [AuditController],
  providers: [AuditLog, AuditHistory, AuditNotes, AuditHeadWatch, AuditRepository, CutSignatures],
  exports: [AuditLog],
})
export class AuditModule {}
