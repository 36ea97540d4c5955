import type { ErrorEntry } from './error-entry.js';

const CHECK_AGAIN = 'Check again and use the download_url of the answer as it is.';

/** Who may do what, and how much of it. */
export const ACCESS_ERRORS = {
  INVALID_CREDENTIALS: {
    status: 401,
    meaning: 'The user name or the password is wrong.',
    example: 'The user name or the password is wrong.',
    advice: 'Try another user name or password.',
    command: 'Check --username and the password.',
  },
  DOWNLOAD_SIGNATURE_INVALID: {
    status: 403,
    meaning: 'The URL is not one that a check answered.',
    example: 'The download URL is not one that a check answered.',
    advice: CHECK_AGAIN,
    command: 'Check again for a new download URL.',
    device: `${CHECK_AGAIN} Do not build the URL from its parts.`,
  },
  DOWNLOAD_SIGNATURE_EXPIRED: {
    status: 403,
    meaning: 'The URL is too old.',
    example: 'The download URL has expired; check again for a new one.',
    advice: 'Check again for a new URL.',
    device: 'Check again for a new URL, and continue the download with it.',
  },
  TOO_MANY_ATTEMPTS: {
    status: 429,
    meaning: 'There were too many failed logins from this address, or there are too many at once.',
    example: 'Too many failed logins from this address: try again in 8 seconds.',
    advice: 'Wait for Retry-After seconds.',
    command: 'Wait for as long as the server says, and try again.',
  },
  OVERLOADED: {
    status: 503,
    meaning: 'The server gets more than it can answer, or write, at the moment.',
    example: 'The server is busy at the moment; try again later.',
    advice: 'Try again after Retry-After seconds. If it lasts, give the server more workers.',
    command: 'Try again in some seconds. If it lasts, give the server more WORKERS.',
    device: 'Try again after Retry-After seconds.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
