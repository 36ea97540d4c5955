import type { ErrorEntry } from './error-entry.js';

/** Errors of users, API tokens and sessions. */
export const PEOPLE_ERRORS = {
  PASSWORD_TOO_SHORT: {
    status: 400,
    meaning: 'The new password has fewer than 10 characters.',
    example: 'The password must have at least 10 characters.',
    advice: 'Choose a longer password.',
  },
  PASSWORD_COMMON: {
    status: 400,
    meaning: 'The new password is one of the 1,000 commonest, in capitals or not.',
    example: 'The password is one of the commonest, which are tried first: choose another one.',
    advice: 'Choose another password, for example four words that do not belong together.',
  },
  ROLE_UNKNOWN: {
    status: 400,
    meaning: 'There is no such role.',
    example: 'There is no role "owner": use viewer, operator or admin.',
    advice: 'Use viewer, operator or admin.',
  },
  EXPIRY_IN_PAST: {
    status: 400,
    meaning: 'A token would have expired before it was made.',
    example: 'The token would expire at 2026-01-31T12:00:00.000Z, which is past.',
    advice: 'Choose a later time, or none.',
  },
  ACCESS_ENDED: {
    status: 401,
    meaning:
      'The user was disabled, demoted or deleted, or the token revoked, while the request was handled.',
    example: 'Your access ended while this was waiting, and nothing was changed.',
    advice: 'Log in again, if you still may.',
    command: 'Log in again with ota login, if you still may.',
  },
  TOKEN_NOT_ALLOWED: {
    status: 403,
    meaning: 'An API token makes no tokens and no users, and changes no passwords.',
    example: 'An API token makes no tokens: log in with a password.',
    advice: 'Log in with a password, and send the token that the login returns.',
    command: 'Log in with ota login, and run the command without --token and OTA_TOKEN.',
  },
  ROLE_TOO_HIGH: {
    status: 403,
    meaning: 'A token would have a higher role than its user.',
    example: "The role admin is higher than yours, operator: a token has its user's role at most.",
    advice: 'Choose a lower role, or let a user with the higher role make the token.',
  },
  CROSS_SITE_REQUEST: {
    status: 403,
    meaning: 'A page of another site sent a request that uses the cookie of a session.',
    example: 'Sessions of browsers are used from this site only; the request came from another one.',
    advice: 'Open the console at the address of this server. Programs log in with POST /api/auth/login.',
  },
  USER_NOT_FOUND: {
    status: 404,
    meaning: 'There is no user with this id or name.',
    example: 'There is no user 12.',
    advice: 'List the users: one may have deleted it.',
    command: 'ota user list shows the users.',
  },
  TOKEN_NOT_FOUND: {
    status: 404,
    meaning: 'There is no API token with this id that you may revoke.',
    example: 'There is no token 12 of yours.',
    advice: 'List the tokens: it may have been revoked already.',
    command: 'ota token list shows the tokens.',
  },
  USERNAME_TAKEN: {
    status: 409,
    meaning: 'There is a user with this name already.',
    example: 'There is a user "anna" already.',
    advice: 'Choose another name.',
  },
  USERNAME_CONFUSABLE: {
    status: 409,
    meaning: 'There is a user whose name differs in capitals or in the form of its Unicode characters only.',
    example: 'The user name differs from that of the user "anna" in capitals or Unicode forms only.',
    advice: 'Choose a name that nobody confuses with the other one.',
  },
  TOKEN_NAME_TAKEN: {
    status: 409,
    meaning: 'The user has a token with this name already.',
    example: 'You have a token "ci" already.',
    advice: 'Choose another name, or revoke the other token first.',
  },
  TOO_MANY_TOKENS: {
    status: 409,
    meaning: 'The user has as many tokens as a user may have.',
    example: 'You have 1000 tokens, which is the most that a user may have.',
    advice: 'Revoke tokens that are no longer used.',
  },
  LAST_ADMIN: {
    status: 409,
    meaning: 'Nobody could administer the server any more.',
    example: 'This is the last active admin, which cannot be deleted, disabled or given a lower role.',
    advice: 'Give another user the role admin first.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
