import { multipart } from './http-client.js';

/** A request to some URL space, byte for byte, and what its answer is in short: see `summaryOf`. */
export type SurfaceRequest = readonly [name: string, request: Buffer, summary: string];

const CHECK = JSON.stringify({
  device_id: 1,
  device_type: 'sensor',
  current_version: '1.0.0',
  current_build: 1,
});
const REPORT = JSON.stringify({ device_id: 1, firmware_id: 1, status: 'downloading' });
const JSON_TYPE = 'Content-Type: application/json';
const TEXT_TYPE = 'Content-Type: text/plain';
const FORM = multipart([{ name: 'device_type', content: 'sensor' }]);

/** A request as it goes over the wire; the server closes after it. */
function raw(line: string, headers: readonly string[] = [], body: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(body);
  const length = bytes.length > 0 ? [`Content-Length: ${bytes.length}`] : [];
  const head = [`${line} HTTP/1.1`, 'Host: x', 'Connection: close', 'X-Request-Id: the-same'];
  return Buffer.concat([Buffer.from([...head, ...headers, ...length, '', ''].join('\r\n')), bytes]);
}

const post = (path: string, body: string, ...headers: string[]): Buffer =>
  raw(`POST ${path}`, headers.length > 0 ? headers : [JSON_TYPE], body);
const withoutHost = (request: Buffer): Buffer => Buffer.from(request.toString().replace('Host: x\r\n', ''));

/** Requests to every URL space: good, bad, with other methods, with bodies where none is expected. */
export function surfaceRequests(token: string): readonly SurfaceRequest[] {
  const bearer = `Authorization: Bearer ${token}`;
  const large = JSON.stringify({ description: 'x'.repeat(1024 * 1024) });
  return [
    ['the front page', raw('GET /'), '200 text/html secured'],
    ['its head', raw('HEAD /'), '200 text/html secured'],
    ['another method on it', post('/', '{}'), '405 METHOD_NOT_ALLOWED secured'],
    ['an unknown path', raw('GET /nothing'), '404 NOT_FOUND secured'],
    ['an unknown path, with a text', post('/nothing', 'x', TEXT_TYPE), '404 NOT_FOUND secured'],
    ['an unknown path, with broken JSON', post('/api/nothing', '{'), '404 NOT_FOUND secured'],
    ['no Host', withoutHost(raw('GET /nothing')), '400 BAD_REQUEST'],
    ['all of the server', raw('OPTIONS *'), '404 NOT_FOUND secured'],

    ['a check', post('/api/ota/check', CHECK), '200 application/json'],
    ['a check without a Host', withoutHost(post('/api/ota/check', CHECK)), '400 BAD_REQUEST'],
    ['a check in broken JSON', post('/api/ota/check', '{'), '400 MALFORMED_JSON'],
    ['a check in text', post('/api/ota/check', CHECK, TEXT_TYPE), '415 UNSUPPORTED_MEDIA_TYPE'],
    [
      'a check that is too large',
      post('/api/ota/check', `{"x":"${'x'.repeat(9000)}"}`),
      '413 BODY_TOO_LARGE',
    ],
    ['a check with a fault', post('/api/ota/check', '{}'), '400 VALIDATION_FAILED'],
    ['a check by GET', raw('GET /api/ota/check'), '405 METHOD_NOT_ALLOWED'],
    ['a check by OPTIONS', raw('OPTIONS /api/ota/check'), '405 METHOD_NOT_ALLOWED'],
    ['a check to another path', post('/api/ota/check/1', '{'), '400 MALFORMED_JSON'],
    ['a check to a path that only begins so', post('/api/ota/checks', '{'), '404 NOT_FOUND'],
    ['a check by an absolute URL', post('http://x/api/ota/check', CHECK), '200 application/json'],
    ['a report', post('/api/ota/status', REPORT), '200 application/json'],
    ['a report in text', post('/api/ota/status', REPORT, TEXT_TYPE), '415 UNSUPPORTED_MEDIA_TYPE'],
    ['a download', raw('GET /api/ota/download/1'), '200 application/octet-stream'],
    ['the head of a download', raw('HEAD /api/ota/download/1'), '200 application/octet-stream'],
    ['a download by POST', post('/api/ota/download/1', '{'), '405 METHOD_NOT_ALLOWED'],
    [
      'a download with a text',
      raw('GET /api/ota/download/1', [TEXT_TYPE], 'x'),
      '200 application/octet-stream',
    ],
    ['an unknown download', raw('GET /api/ota/download/999'), '404 FIRMWARE_NOT_FOUND'],
    ['an unknown path of devices', raw('GET /api/ota/nothing'), '404 NOT_FOUND'],

    [
      'a login with a wrong password',
      post('/api/auth/login', '{"username":"a","password":"b"}'),
      '401 INVALID_CREDENTIALS secured no-store',
    ],
    ['a login in broken JSON', post('/api/auth/login', '{'), '400 MALFORMED_JSON secured no-store'],
    [
      'a login in text',
      post('/api/auth/login', '{}', TEXT_TYPE),
      '415 UNSUPPORTED_MEDIA_TYPE secured no-store',
    ],
    [
      'a login that is too large',
      post('/api/auth/login', `{"x":"${'x'.repeat(9000)}"}`),
      '413 BODY_TOO_LARGE secured no-store',
    ],
    ['a login by GET', raw('GET /api/auth/login'), '405 METHOD_NOT_ALLOWED secured no-store'],
    ['a password without a token', post('/api/auth/password', '{}'), '401 UNAUTHENTICATED secured no-store'],
    ['an unknown path of auth', post('/api/auth/nothing', '{'), '404 NOT_FOUND secured no-store'],
    ['auth itself', raw('GET /api/auth'), '404 NOT_FOUND secured no-store'],

    ['a list', raw('GET /api/ota/admin/firmware', [bearer]), '200 application/json secured no-store'],
    [
      'the head of a list',
      raw('HEAD /api/ota/admin/firmware', [bearer]),
      '200 application/json secured no-store',
    ],
    [
      'a list with a text',
      raw('GET /api/ota/admin/firmware', [bearer, TEXT_TYPE], 'x'),
      '415 UNSUPPORTED_MEDIA_TYPE secured no-store',
    ],
    ['a list without a token', raw('GET /api/ota/admin/firmware'), '401 UNAUTHENTICATED secured no-store'],
    ['a list by OPTIONS', raw('OPTIONS /api/ota/admin/firmware'), '405 METHOD_NOT_ALLOWED secured no-store'],
    [
      'a list by PUT',
      raw('PUT /api/ota/admin/firmware', [bearer]),
      '405 METHOD_NOT_ALLOWED secured no-store',
    ],
    [
      'a firmware in broken JSON, without a token',
      post('/api/ota/admin/firmware', '{'),
      '400 MALFORMED_JSON secured no-store',
    ],
    [
      'a firmware in text',
      post('/api/ota/admin/firmware', '{}', TEXT_TYPE, bearer),
      '415 UNSUPPORTED_MEDIA_TYPE secured no-store',
    ],
    [
      'a firmware with a fault',
      post('/api/ota/admin/firmware', '{}', JSON_TYPE, bearer),
      '400 VALIDATION_FAILED secured no-store',
    ],
    [
      'a firmware that is too large',
      post('/api/ota/admin/firmware', large, JSON_TYPE, bearer),
      '413 BODY_TOO_LARGE secured no-store',
    ],
    ['one firmware', raw('GET /api/ota/admin/firmware/1', [bearer]), '200 application/json secured no-store'],
    [
      'one firmware, changed by a text',
      raw('PATCH /api/ota/admin/firmware/1', [bearer, TEXT_TYPE], 'x'),
      '415 UNSUPPORTED_MEDIA_TYPE secured no-store',
    ],
    [
      'one firmware, verified with a text',
      post('/api/ota/admin/firmware/1/verify', 'x', TEXT_TYPE, bearer),
      '415 UNSUPPORTED_MEDIA_TYPE secured no-store',
    ],
    [
      'an unknown path of firmware',
      post('/api/ota/admin/firmware/1/nothing', '{', JSON_TYPE, bearer),
      '400 MALFORMED_JSON secured no-store',
    ],
    [
      'the store with a text',
      raw('GET /api/ota/admin/store', [bearer, TEXT_TYPE], 'x'),
      '415 UNSUPPORTED_MEDIA_TYPE secured no-store',
    ],
    [
      'a cleaning of the store',
      post('/api/ota/admin/store/clean', '{"dry_run":true}', JSON_TYPE, bearer),
      '200 application/json secured no-store',
    ],
    [
      'the logs',
      raw('GET /api/ota/admin/logs?device_id=99', [bearer]),
      '200 application/json secured no-store',
    ],
    [
      'the logs with a text',
      raw('GET /api/ota/admin/logs?device_id=99', [bearer, TEXT_TYPE], 'x'),
      '200 application/json secured no-store',
    ],
    [
      'an upload without a file',
      post('/api/ota/admin/upload', FORM.body.toString(), `Content-Type: ${FORM.type}`, bearer),
      '400 UPLOAD_FILE_MISSING secured no-store',
    ],
    [
      'an upload in JSON',
      post('/api/ota/admin/upload', '{', JSON_TYPE, bearer),
      '415 UNSUPPORTED_MEDIA_TYPE secured no-store',
    ],
    [
      'an upload without a token',
      post('/api/ota/admin/upload', FORM.body.toString(), `Content-Type: ${FORM.type}`),
      '401 UNAUTHENTICATED secured no-store',
    ],
    [
      'an unknown path of admins',
      raw('GET /api/ota/admin/nothing', [bearer]),
      '404 NOT_FOUND secured no-store',
    ],
    [
      'an unknown path of admins, in broken JSON',
      post('/api/ota/admin/nothing', '{'),
      '404 NOT_FOUND secured no-store',
    ],

    ['the health', raw('GET /health'), '200 application/json secured'],
    ['the head of the health', raw('HEAD /health'), '200 application/json secured'],
    ['the health by POST', post('/health', '{'), '405 METHOD_NOT_ALLOWED secured'],
    ['the readiness', raw('GET /health/ready'), '200 application/json secured'],
    ['an unknown path of health', raw('GET /health/nothing'), '404 NOT_FOUND secured'],
    ['a path that only begins like health', raw('GET /healthy'), '404 NOT_FOUND secured'],
    ['the metrics', raw('GET /metrics'), '200 text/plain'],
    ['the metrics by POST', post('/metrics', '{'), '405 METHOD_NOT_ALLOWED'],

    ['the docs', raw('GET /docs'), '200 text/html secured'],
    ['their head', raw('HEAD /docs'), '200 text/html secured'],
    ['the document', raw('GET /docs/openapi.json'), '200 application/json secured'],
    ['an asset', raw('GET /docs/swagger-ui.css'), '200 text/css secured'],
    ['an unknown asset', raw('GET /docs/nothing.js'), '404 NOT_FOUND secured'],
    ['the docs by POST', post('/docs', '{'), '405 METHOD_NOT_ALLOWED secured'],
  ];
}

/** The whole answer as it came, but for what differs from time to time. */
export const normalised = (answer: string): string =>
  answer
    .replace(/^(Date|Retry-After): .*$/gm, '$1')
    .replace(/^(Last-Modified): .*$/gm, '$1')
    .replace(/"(created_at|updated_at|released_at)":"[^"]*"/g, '"$1":…');

/**
 * An answer in short: its status; what it is, or the code of its problem; `secured` with the headers of the admins'
 * browsers, `no-store` when nobody may keep it.
 */
export function summaryOf(answer: string): string {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 'no answer';
  const type = /^Content-Type: ([\w/+-]+)/m.exec(head)?.[1] ?? 'nothing';
  const code = type.includes('problem') ? /"code":"(\w+)"/.exec(body)?.[1] : undefined;
  return [
    status,
    code ?? type,
    ...(head.includes("Content-Security-Policy: default-src 'self'") ? ['secured'] : []),
    ...(/^Cache-Control: no-store$/m.test(head) ? ['no-store'] : []),
  ].join(' ');
}
