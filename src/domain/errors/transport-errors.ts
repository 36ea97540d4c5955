import type { ErrorEntry } from './error-entry.js';

const FIX_THE_PROGRAM = 'Correct the program: the same request would be refused again.';

/** What can go wrong between the network and a feature. */
export const TRANSPORT_ERRORS = {
  BAD_REQUEST: {
    status: 400,
    meaning: 'The request could not be understood.',
    example: 'The body could not be read.',
    advice: 'Read the detail; it says what could not be understood.',
    device: FIX_THE_PROGRAM,
  },
  MALFORMED_JSON: {
    status: 400,
    meaning: 'The body is not JSON.',
    example: 'The body is not valid JSON at line 1, column 14: expected a value.',
    advice: 'Send valid JSON; the detail says where it stops being JSON.',
    device: `${FIX_THE_PROGRAM} Look for quotes in a text that were not escaped.`,
  },
  HTTPS_REQUIRED: {
    status: 400,
    meaning: 'The request came over plain HTTP, and REQUIRE_HTTPS is true.',
    example: 'This server answers HTTPS only; use https:// in the URL.',
    advice: 'Use https:// in the URL. Behind a proxy that ends TLS, set TRUST_PROXY.',
    command:
      'Give the https:// address as --server. Behind a proxy that ends TLS, set TRUST_PROXY of the server.',
    device: 'Set the https:// address of the server.',
  },
  VALIDATION_FAILED: {
    status: 400,
    meaning: 'One or more fields are missing or break a rule; errors names them.',
    example: 'device_id must not be less than 1.',
    advice: 'Correct the fields that errors names.',
    command: 'Correct what the server names, and run the command again.',
    device: 'Correct the fields that errors names: the same request would be refused again.',
  },
  UNAUTHENTICATED: {
    status: 401,
    meaning: 'There is no token, or one that is not valid any more.',
    example: 'This needs a valid token: log in and send it as "Authorization: Bearer <token>".',
    advice: 'Log in again and send the new token.',
    command: 'Log in again with ota login.',
  },
  FORBIDDEN: {
    status: 403,
    meaning: 'The request is not allowed.',
    example: 'You may not do this.',
    advice: 'Ask whoever runs the server.',
  },
  NOT_FOUND: {
    status: 404,
    meaning: 'There is no such endpoint.',
    example: 'This server shows no metrics: METRICS is off.',
    advice: 'Look up the endpoint at /docs of the server.',
    command: 'Check --server: it is the address of the server, without the path of an endpoint.',
    device: 'Check the address of the server and the path.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The path exists, but not for this method.',
    example: 'GET is not possible here; use POST.',
    advice: 'Use a method that the header Allow names.',
    command: 'The server may be older than this command: compare their versions.',
    device: FIX_THE_PROGRAM,
  },
  REQUEST_TIMEOUT: {
    status: 408,
    meaning: 'The headers of a request did not arrive in time.',
    example: 'The headers of a request did not arrive in time.',
    advice: 'Send the request again on a new connection.',
    device: 'Send the request again on a new connection.',
  },
  BODY_TIMEOUT: {
    status: 408,
    meaning: 'The body did not arrive in time.',
    example: 'The body did not arrive in time.',
    advice: 'Send the request again.',
    device:
      'Send the request again. If it happens often, check that Content-Length is the length of the body.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    meaning: 'The body is larger than 8 KiB from a device, or than 1 MiB from an admin.',
    example: 'The body is larger than this endpoint takes.',
    advice: 'Send a smaller body.',
    command: 'Give shorter texts.',
    device: 'Send a smaller body, for example the first part of a long error_message.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The Content-Type is not JSON, or for an upload not multipart/form-data.',
    example: 'Send the body as application/json.',
    advice: 'Set the header Content-Type.',
    command:
      'A proxy in front of the server may change requests: compare the header Content-Type on both sides.',
    device: 'Set the header Content-Type to application/json.',
  },
  RANGE_NOT_SATISFIABLE: {
    status: 416,
    meaning: 'The range begins past the end of the file.',
    example: 'The file has 327920 bytes; the range begins past its end.',
    advice: 'Ask for a range within the size that the header Content-Range names.',
    device: 'Begin the download again at byte 0, after a new check.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    meaning: 'The headers are larger than 16 KiB.',
    example: 'The headers of the request are larger than 16 KiB.',
    advice: 'Send fewer or shorter headers.',
    device: FIX_THE_PROGRAM,
  },
  INTERNAL_ERROR: {
    status: 500,
    meaning: 'Something failed in the server.',
    example: 'The server failed to handle the request. The request id finds the reason in its log.',
    advice: 'Find the request_id in the log of the server, and report what stands there.',
    command: 'Report it, with what stands in the log of the server.',
    device: 'Try again later, with a growing delay.',
  },
  NOT_READY: {
    status: 503,
    meaning: '/health/ready: the server is starting or stopping.',
    example: 'Not ready: the server is starting. Ask again in a moment.',
    advice: 'Ask again in a moment. If it lasts, look at the log of the server.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    meaning: 'The database is away, in trouble, or did not take it in time.',
    example: 'The database cannot do this at the moment; try again shortly.',
    advice: 'Try again after Retry-After seconds. If it lasts, look at the database.',
    device:
      'Send the report again after Retry-After seconds; it may have been written, and the same report twice changes nothing.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
