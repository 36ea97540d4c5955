import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit.exports.js';
import { EventLog } from './event-log.js';
import { auditRowOnRecord } from './on-record.js';

/** Makes an event of each row of the audit log, in the transaction that adds it. */
@Injectable()
export class AuditEvents {
  constructor(audit: AuditLog, events: EventLog) {
    audit.whenRecorded((manager, row) =>
      events.record(manager, [
        { type: 'audit.recorded', entity: `audit:${row.id}`, data: auditRowOnRecord(row) },
      ]),
    );
  }
}
