import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AccessTokens } from '../../src/auth/jwt/access-tokens.js';
import { may, ROLES, type Role } from '../../src/domain/permissions.js';
import { ALLOW } from '../../src/http/allow.js';
import { ControllerRoutes } from '../../src/http/internals/controller-routes.js';
import { openApiDocument } from '../../src/http/openapi.js';
import { send, type Answer } from './http-client.js';
import { operationsOf, type Operation } from './openapi/operations.js';
import { bearer, PASSWORD, People } from './people.js';
import type { TestApp } from './test-app.js';

/** Credentials as somebody may send them, and what they are worth. */
interface Credential {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Among people and pipelines; null: nothing. */
  readonly role: Role | null;
  /** The device whose token it is. */
  readonly deviceId?: number;
  readonly isEnrollmentKey?: boolean;
  /** Of a browser's session, which these routes alone read. */
  readonly isCookie?: boolean;
  readonly isCrossSite?: boolean;
}

export interface MatrixRow {
  readonly credential: string;
  readonly tried: number;
  readonly refused: number;
  readonly faults: readonly string[];
}

const OWN_DEVICE = 9_001;
const OTHER_DEVICE = 9_002;
const CHECK = { device_type: 'sensor', current_version: '1.0.0', current_build: 1 };

/**
 * Sends a request to every operation of the OpenAPI document with every kind of credentials, right and wrong.
 * @param app must have DEVICE_AUTH=required
 */
export async function accessMatrix(app: TestApp): Promise<MatrixRow[]> {
  const roles = rolesOf(app);
  const operations = operationsOf(openApiDocument(app.nest));
  const rows: MatrixRow[] = [];
  for (const credential of await credentialsOf(app)) {
    const faults: string[] = [];
    let refused = 0;
    for (const operation of operations) {
      const answer = await ask(app, operation, credential);
      if (answer.status === 401 || answer.status === 403) refused += 1;
      const expected = expectedOf(operation, credential, roles.get(operation.name));
      const seen = `${answer.status} ${String(answer.body?.code ?? '')}`.trim();
      if (!expected.test(seen)) faults.push(`${operation.name} with ${credential.name}: ${seen}`);
    }
    rows.push({ credential: credential.name, tried: operations.length, refused, faults });
  }
  return rows;
}

/** The role that each operation takes; undefined: none, it is public. */
function rolesOf({ nest }: TestApp): ReadonlyMap<string, Role | undefined> {
  const routes = nest.get(ControllerRoutes, { strict: false }).all();
  return new Map(
    routes.flatMap((route) =>
      route.paths.map((path) => [
        `${route.verb} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
        route.metadata(ALLOW) as Role | undefined,
      ]),
    ),
  );
}

const LET_IN = /^(?!401|403|5)/;
const NOBODY = /^401 UNAUTHENTICATED$/;

/** What the status and code of the answer must look like. */
function expectedOf(operation: Operation, credential: Credential, needed: Role | undefined): RegExp {
  if (needed !== undefined) {
    if (credential.role === null) return NOBODY;
    return may(credential.role, needed) ? LET_IN : /^403 NOT_ALLOWED$/;
  }
  const { path } = operation;
  if (/\/(check|status)$/.test(path) && path.startsWith('/api/ota/')) return ofDevice(credential);
  if (path.startsWith('/api/ota/download/')) return ofDownload(credential);
  if (path === '/api/ota/devices/enroll') {
    // A wrong key too often is refused before it is looked at.
    return credential.isEnrollmentKey === true ? LET_IN : /^(401 ENROLLMENT_KEY_INVALID|429 RATE_LIMITED)$/;
  }
  if (path.startsWith('/api/auth/session') && credential.isCrossSite === true)
    return /^403 CROSS_SITE_REQUEST$/;
  // The session may have been ended by an operation before.
  if (path === '/api/auth/session/refresh') return credential.isCookie === true ? /^20[04]$/ : /^204$/;
  return LET_IN;
}

function ofDevice({ deviceId }: Credential): RegExp {
  if (deviceId === undefined) return /^401 DEVICE_UNAUTHENTICATED$/;
  return deviceId === OWN_DEVICE ? LET_IN : /^403 OTHER_DEVICE$/;
}

/** Of a firmware that there is not: a device and an admin learn it, others do not. */
function ofDownload({ deviceId, role }: Credential): RegExp {
  return deviceId !== undefined || role !== null
    ? /^404 FIRMWARE_NOT_FOUND$/
    : /^401 DEVICE_UNAUTHENTICATED$/;
}

function ask(app: TestApp, operation: Operation, { headers }: Credential): Promise<Answer> {
  const { method, bodyType, path } = operation;
  const url = app.url + path.replaceAll(/\{\w+\}/g, '999999');
  // Nothing that would change anything, but for the device that speaks for itself.
  const body = bodyType === 'application/json' ? bodyOf(path) : undefined;
  return send(url, method, { headers, body });
}

function bodyOf(path: string): object {
  if (path === '/api/ota/check') return { device_id: OWN_DEVICE, ...CHECK };
  if (path === '/api/ota/status') return { device_id: OWN_DEVICE, firmware_id: 999_999, status: 'failed' };
  if (path === '/api/ota/devices/enroll') return { device_id: OWN_DEVICE + 10, device_type: 'sensor' };
  return {};
}

async function credentialsOf(app: TestApp): Promise<Credential[]> {
  const people = new People(app);
  const nobody = (name: string, headers: Readonly<Record<string, string>>): Credential => ({
    name,
    headers,
    role: null,
  });
  const ofRole = async (role: Role): Promise<Credential[]> => {
    const username = `matrix ${role}`;
    await people.create(username, role);
    const jwt = await people.logIn(username);
    const { token } = await people.makeToken(`matrix ${role}`, { role }, jwt);
    return [
      { name: `the JWT of the role ${role}`, headers: bearer(jwt), role },
      { name: `an API token of the role ${role}`, headers: bearer(token), role },
    ];
  };
  const withRoles = (await Promise.all(ROLES.map(ofRole))).flat();
  const jwt = app.token;

  return [
    nobody('nothing', {}),
    nobody('garbage', bearer('garbage')),
    nobody('another scheme', { Authorization: `Basic ${Buffer.from('admin:x').toString('base64')}` }),
    nobody(
      'an expired JWT',
      bearer(await app.nest.get(AccessTokens, { strict: false }).sign({ sub: '1' }, -60)),
    ),
    nobody(
      'a JWT signed with another key',
      bearer(signed(partsOf(jwt), 'sha256', 'another key of no server')),
    ),
    nobody('a JWT with the algorithm none', bearer(withHeader(jwt, { alg: 'none' }))),
    nobody('a JWT with another algorithm', bearer(withHeader(jwt, { alg: 'HS512' }))),
    nobody('a JWT with a public key algorithm', bearer(withHeader(jwt, { alg: 'RS256' }))),
    nobody('a JWT with a made-up key id', bearer(withHeader(jwt, { kid: '../../etc/passwd' }))),
    nobody('a tampered JWT', bearer(withClaims(jwt, { sub: '2' }))),
    ...withRoles,
    nobody('a revoked API token', bearer(await revokedToken(people))),
    nobody('an expired API token', bearer(await expiredToken(app, people))),
    nobody(
      'an API token with a wrong checksum',
      bearer(`${(await people.makeToken('typo')).token.slice(0, -1)}_`),
    ),
    nobody('the JWT of a disabled user', bearer(await disabledUser(people))),
    ...(await ofDevices(people)),
    ...(await ofBrowsers(app)),
  ];
}

async function ofDevices(people: People): Promise<Credential[]> {
  const tokenOf = async (deviceId: number): Promise<string> =>
    (await people.ask('POST', `/devices/${deviceId}/token`)).body.device_token as string;
  const { key } = (await people.ask('POST', '/enrollment-keys', { device_type: 'sensor' })).body;
  const revoked = await tokenOf(OTHER_DEVICE + 1);
  await people.ask('DELETE', `/devices/${OTHER_DEVICE + 1}/token`);
  return [
    {
      name: "the device's own token",
      headers: bearer(await tokenOf(OWN_DEVICE)),
      role: null,
      deviceId: OWN_DEVICE,
    },
    {
      name: "another device's token",
      headers: bearer(await tokenOf(OTHER_DEVICE)),
      role: null,
      deviceId: OTHER_DEVICE,
    },
    { name: 'a revoked device token', headers: bearer(revoked), role: null },
    { name: 'an enrolment key', headers: bearer(key as string), role: null, isEnrollmentKey: true },
  ];
}

/** A browser's cookie without its bearer, from its own site and from another. */
async function ofBrowsers(app: TestApp): Promise<Credential[]> {
  const cookie = async (): Promise<string> => {
    const body = { username: 'matrix viewer', password: PASSWORD };
    const { headers } = await send(`${app.url}/api/auth/session`, 'POST', { body });
    return headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
  };
  const own = { Cookie: await cookie(), 'Sec-Fetch-Site': 'same-origin' };
  const foreign = { Cookie: await cookie(), 'Sec-Fetch-Site': 'cross-site' };
  return [
    { name: "a browser's cookie without its bearer", headers: own, role: null, isCookie: true },
    { name: "a browser's cookie from another site", headers: foreign, role: null, isCrossSite: true },
  ];
}

async function revokedToken(people: People): Promise<string> {
  const { id, token } = await people.makeToken('matrix revoked', { role: 'admin' });
  await people.ask('DELETE', `/tokens/${id}`);
  return token;
}

async function expiredToken(app: TestApp, people: People): Promise<string> {
  const { id, token } = await people.makeToken('matrix expired', { role: 'admin' });
  await app.database.query(`UPDATE api_token SET expires_at = now() - interval '1 minute' WHERE id = $1`, [
    id,
  ]);
  // Until every server has heard of it.
  for (let tries = 0; tries < 100 && (await people.me(token)).status === 200; tries++) await sleep(50);
  return token;
}

async function disabledUser(people: People): Promise<string> {
  const id = await people.create('matrix disabled', 'admin');
  const jwt = await people.logIn('matrix disabled');
  await people.ask('PATCH', `/users/${id}`, { is_active: false });
  return jwt;
}

interface JwtParts {
  readonly header: object;
  readonly claims: object;
  readonly signature: string;
}

function partsOf(jwt: string): JwtParts {
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  return { header: decoded(header), claims: decoded(claims), signature };
}

const decoded = (part: string): object => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** With the signature as it was. */
function withHeader(jwt: string, changes: object): string {
  const { header, claims, signature } = partsOf(jwt);
  return `${encoded({ ...header, ...changes })}.${encoded(claims)}.${signature}`;
}

function withClaims(jwt: string, changes: object): string {
  const { header, claims, signature } = partsOf(jwt);
  return `${encoded(header)}.${encoded({ ...claims, ...changes })}.${signature}`;
}

function signed({ header, claims }: JwtParts, algorithm: string, key: string): string {
  const content = `${encoded(header)}.${encoded(claims)}`;
  return `${content}.${createHmac(algorithm, key).update(content).digest('base64url')}`;
}
