import { multipart } from '../../support/http-client.js';
import { evidence } from '../lib/evidence.js';

interface Misplaced {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** A password that is typed where it does not belong. */
export const TYPED = 'Typed-into-the-wrong-field-7391';
evidence.secrets.set('a password that was typed into a wrong field', TYPED);

/** Requests of people who put a secret into a wrong place. */
export function misplaced(token: string, downloadPath: string, firmwareId: number): Misplaced[] {
  const bearer = { Authorization: `Bearer ${token}` };
  const form = multipart([
    { name: 'device_type', content: TYPED },
    { name: 'version', content: TYPED },
    { name: 'file', filename: 'firmware.bin', content: '\0\x01\x02' },
  ]);
  const check = { device_id: 1, device_type: 'sensor', current_version: '1.0.0', current_build: 1 };
  const login = (body: unknown): Misplaced => ({ method: 'POST', path: '/api/auth/login', body });
  const json = { 'Content-Type': 'application/json' };
  return [
    login({ username: TYPED, password: 'a wrong one' }),
    login({ username: TYPED, password: TYPED }),
    login({ username: 'admin', password: TYPED }),
    login({ username: 'admin', password: [TYPED] }),
    login({ username: 'admin', password: { [TYPED]: TYPED } }),
    { ...login(`{"username":"admin","password":"${TYPED}`), headers: json },
    { ...login(`{"username":"admin","password":${TYPED}}`), headers: json },
    { ...login(TYPED), headers: json },
    {
      ...login(`username=admin&password=${TYPED}`),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    },
    {
      method: 'POST',
      path: '/api/auth/password',
      headers: bearer,
      body: { current_password: TYPED, new_password: 'short' },
    },
    {
      method: 'POST',
      path: '/api/auth/password',
      headers: bearer,
      body: { current_password: [TYPED], new_password: TYPED },
    },
    ...Object.keys(check).map((name) => ({
      method: 'POST',
      path: '/api/ota/check',
      body: { ...check, [name]: `${TYPED} ` },
    })),
    { method: 'POST', path: '/api/ota/check', body: { ...check, password: TYPED, device_id: 0 } },
    {
      method: 'POST',
      path: '/api/ota/status',
      body: { device_id: 1, firmware_id: firmwareId, status: TYPED },
    },
    { method: 'GET', path: `/api/ota/admin/firmware?device_type=${TYPED}&limit=${TYPED}`, headers: bearer },
    { method: 'GET', path: `/api/ota/admin/logs?status=${TYPED}`, headers: bearer },
    {
      method: 'PATCH',
      path: `/api/ota/admin/firmware/${firmwareId}`,
      headers: bearer,
      body: { min_current_version: TYPED },
    },
    {
      method: 'POST',
      path: '/api/ota/admin/upload',
      headers: { ...bearer, 'Content-Type': form.type },
      body: form.body,
    },
    {
      method: 'GET',
      path: '/api/ota/admin/logs',
      headers: { Authorization: `Basic ${btoa(`admin:${TYPED}`)}` },
    },
    { method: 'GET', path: '/api/ota/admin/logs', headers: { Authorization: TYPED } },
    { method: 'GET', path: '/api/ota/admin/logs', headers: { Authorization: token } },
    { method: 'GET', path: `/api/ota/admin/logs?access_token=${token}` },
    { method: 'GET', path: '/api/ota/admin/logs', headers: { Cookie: `session=${token}` } },
    {
      method: 'GET',
      path: '/api/ota/admin/logs',
      headers: { Authorization: `Bearer ${token.slice(0, -2)}` },
    },
    { method: 'GET', path: '/metrics', headers: { Authorization: `Bearer ${TYPED}` } },
    { method: 'GET', path: `${downloadPath}0` },
    { method: 'GET', path: downloadPath.replace(/expires=\d+/, 'expires=1') },
    { method: 'GET', path: downloadPath.replace('/download/', '/downloads/') },
  ];
}
