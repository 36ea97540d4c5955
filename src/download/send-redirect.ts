import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestedBytes } from '../domain/byte-range.js';
import { currentRequestId } from '../http/request-context.js';
import type { FirmwareElsewhere } from './download.service.js';

/**
 * Answers a GET with where the file is. Nobody may keep this answer: the next request may be refused.
 * @param onStart called once when the client asks for the file from its first byte on
 */
export function sendRedirect(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { firmware, location }: FirmwareElsewhere,
  onStart: () => void,
): void {
  const id = currentRequestId();
  response.writeHead(302, [
    ...(id === undefined ? [] : ['X-Request-Id', id]),
    ...['Location', location],
    ...['Cache-Control', 'no-store'],
    ...['Content-Length', '0'],
  ]);
  response.end();
  const wanted = requestedBytes(headers.range, firmware.fileSize);
  if (wanted.kind === 'whole' || (wanted.kind === 'part' && wanted.start === 0)) onStart();
}
