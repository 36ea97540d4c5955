import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Levels, type Instrument, type MetricSnapshot } from './instruments.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
const BATCH = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** The metrics of this server, with the names that GET /metrics uses. */
@Injectable()
export class Metrics {
  readonly requests = new Counter('ota_http_requests_total', 'Requests by route and status.', [
    'route',
    'status',
  ]);
  readonly duration = new Histogram(
    'ota_http_request_duration_seconds',
    'From the head of a request to the end of its answer.',
    'route',
    SECONDS,
  );
  readonly bytesSent = new Counter('ota_http_sent_bytes_total', 'Bytes of answers, headers too.', ['route']);
  readonly shed = new Counter('ota_requests_shed_total', 'Requests refused to stay able to answer others.', [
    'route',
  ]);
  readonly rateLimited = new Counter(
    'ota_rate_limited_total',
    'Requests refused by a rate limit, by the limit.',
    ['limit'],
  );
  readonly forgotten = new Counter(
    'ota_devices_forgotten_total',
    'Devices deleted because too many were on record that were only seen for a few minutes.',
    ['reason'],
  );
  readonly checks = new Counter('ota_checks_total', 'Checks by outcome: offer, or why there is none.', [
    'outcome',
  ]);
  readonly droppedFields = new Counter(
    'ota_check_fields_dropped_total',
    'Optional fields of checks that were faulty and dropped.',
    ['field'],
  );
  readonly reports = new Counter('ota_reports_total', 'Reports that were committed, by status.', ['status']);
  readonly deletedAttempts = new Counter(
    'ota_attempts_deleted_total',
    'Attempts that were deleted because they ended more than LOG_RETENTION_DAYS ago, by status.',
    ['status'],
  );
  readonly logins = new Counter(
    'ota_logins_total',
    'Passwords that were tried (right, wrong) or not looked at (delayed, busy).',
    ['outcome'],
  );
  readonly images = new Counter(
    'ota_downloads_from_total',
    'Downloads and ranges, by where the bytes came from.',
    ['source'],
  );
  readonly batchSize = new Histogram('ota_batch_size', 'Items written in one transaction.', 'queue', BATCH);
  readonly queueDepth = new Gauge('ota_queue_depth', 'Items that wait to be written.', 'queue', 'sum');
  readonly handshakes = new Counter('ota_tls_handshakes_total', 'TLS handshakes, full or resumed.', ['kind']);
  readonly catalogAge = new Gauge(
    'ota_catalog_age_seconds',
    'Since the catalog of releases was known to be what the database says, in the worker where that is longest ago.',
    null,
    'max',
  );
  readonly eventLoopLag = new Gauge(
    'ota_event_loop_lag_seconds',
    'How late the event loop is: the median of the last samples of the worst worker.',
    'of',
    'max',
  );
  readonly devices = new Levels(
    'ota_devices',
    'Devices by type, version and status, as counted at most some minutes ago. The 20 commonest types and the 10 ' +
      'commonest versions of each have their names, the rest is "other"; of devices that have not checked yet both are empty.',
  );
  readonly eventStreams = new Gauge('ota_event_streams', 'Event streams that are open.', null, 'sum');
  readonly webhookTries = new Counter(
    'ota_webhook_tries_total',
    'Messages sent to webhooks, by outcome: delivered, or failed.',
    ['outcome'],
  );
  readonly auditLastId = new Gauge(
    'ota_audit_last_id',
    'Id of the newest row of the audit log, at most a minute ago.',
    null,
    'max',
  );

  snapshot(): MetricSnapshot[] {
    return (Object.values(this) as Instrument[]).map((instrument) => instrument.snapshot());
  }
}
