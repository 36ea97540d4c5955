import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditLogEntity } from './audit-log.entity.js';
import { AuditNotes } from './audit-notes.js';
import { AuditRepository } from './audit.repository.js';
import { AuditLog } from './audit.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([AuditLogEntity])],
  providers: [AuditLog, AuditNotes, AuditRepository],
  exports: [AuditLog],
})
export class AuditModule {}
