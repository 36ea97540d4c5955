import type { ErrorEntry } from './error-entry.js';

/** Errors of event streams and webhooks. */
export const EVENT_ERRORS = {
  WEBHOOK_URL_NOT_ALLOWED: {
    status: 400,
    meaning: 'The URL of a webhook is not http or https, has a password, or leads to a private address.',
    example: 'The URL leads to 192.168.1.7, which is a private address.',
    advice: 'Use a public https URL, or set WEBHOOK_ALLOW_PRIVATE=true if receivers are in your own network.',
    command:
      'Use a public https URL; docs/events.md says how the server is told to allow receivers in your own network.',
  },
  WEBHOOK_EVENT_UNKNOWN: {
    status: 400,
    meaning: 'A webhook would be told of events that there are not.',
    example: 'There are no events "firmwares": use kinds such as firmware, or types such as attempt.failed.',
    advice: 'Use the kinds and types of docs/events.md.',
  },
  WEBHOOK_NOT_FOUND: {
    status: 404,
    meaning: 'There is no webhook with this id.',
    example: 'There is no webhook 12.',
    advice: 'List the webhooks: it may have been deleted.',
    command: 'ota webhook list shows the webhooks.',
  },
  TOO_MANY_WEBHOOKS: {
    status: 409,
    meaning: 'There are as many webhooks as there may be.',
    example: 'There are 20 webhooks, which is the most that there may be.',
    advice: 'Delete webhooks that are no longer used.',
  },
  TOO_MANY_STREAMS: {
    status: 429,
    meaning:
      'A user has as many event streams open on this server as it may have, with all API tokens together.',
    example: 'You have 20 event streams open, which is the most for a user.',
    advice: 'Close streams that nobody reads, then try again after Retry-After seconds.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
