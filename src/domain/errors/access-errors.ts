import type { ErrorEntry } from './error-entry.js';

const CHECK_AGAIN = 'Check again and use the download_url from the response unchanged.';

/** Errors of credentials, signatures and limits. */
export const ACCESS_ERRORS = {
  INVALID_CREDENTIALS: {
    status: 401,
    meaning: 'The username or the password is wrong.',
    example: 'The user name or the password is wrong.',
    advice: 'Check the username and the password.',
    command: 'Check --username and the password.',
  },
  DOWNLOAD_SIGNATURE_INVALID: {
    status: 403,
    meaning: 'The URL was not returned by a check.',
    example: 'The download URL is not one that a check answered.',
    advice: CHECK_AGAIN,
    command: 'Check again for a new download URL.',
    device: `${CHECK_AGAIN} Do not build the URL from its parts.`,
  },
  DOWNLOAD_SIGNATURE_EXPIRED: {
    status: 403,
    meaning: 'The URL has expired.',
    example: 'The download URL has expired; check again for a new one.',
    advice: 'Check again for a new URL.',
    device: 'Check again for a new URL, and continue the download with it.',
  },
  TOO_MANY_ATTEMPTS: {
    status: 429,
    meaning: 'There were too many failed logins from this address, or there are too many concurrent logins.',
    example: 'Too many failed logins from this address: try again in 8 seconds.',
    advice: 'Wait for Retry-After seconds, then try again.',
    command: 'Wait for the time given by the server, then try again.',
  },
  RATE_LIMITED: {
    status: 429,
    meaning: 'A device, user or token sends too many requests, or too many new devices have appeared.',
    example: 'A device may send 60 checks and reports a minute: try again in 3 seconds.',
    advice: 'Wait for Retry-After seconds, then try again. The server guide explains the limits.',
    command: 'Wait for the time given by the server, or increase RATE_LIMIT_ADMIN_PER_MINUTE on the server.',
    device: 'Send it again after Retry-After seconds; keep reports of success and failed until then.',
  },
  OVERLOADED: {
    status: 503,
    meaning: 'The server receives more requests than it can handle at the moment.',
    example: 'The server is busy at the moment; try again later.',
    advice: 'Try again after Retry-After seconds. If the error persists, give the server more workers.',
    command: 'Try again in a few seconds. If the error persists, increase WORKERS on the server.',
    device: 'Try again after Retry-After seconds.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
