import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** By connection: what its certificate says does not change, and costs more to read than a request to answer. */
const known = new WeakMap<Socket, number | null>();

/**
 * The device that a connection's client certificate was issued to: its common name, in decimal, when it was verified with
 * TLS_CLIENT_CA_FILE; the same for a resumed session, whose ticket holds the certificate.
 * @returns null without such a certificate
 */
export function certifiedDevice(socket: Socket): number | null {
  // Many requests come over a plain connection.
  if (!('getPeerCertificate' in socket)) return null;
  const found = known.get(socket);
  if (found !== undefined) return found;
  const deviceId = readDeviceId(socket as TLSSocket);
  known.set(socket, deviceId);
  return deviceId;
}

/** A client that resumes a session which it began without a certificate counts as authorized, and has no subject. */
function readDeviceId(socket: TLSSocket): number | null {
  if (!socket.authorized) return null;
  const { subject } = socket.getPeerCertificate() as Partial<ReturnType<TLSSocket['getPeerCertificate']>>;
  // A subject with several common names has a list of them.
  const name: unknown = subject?.CN;
  const deviceId = typeof name === 'string' && /^[1-9]\d{0,15}$/.test(name) ? Number(name) : NaN;
  return Number.isSafeInteger(deviceId) ? deviceId : null;
}
