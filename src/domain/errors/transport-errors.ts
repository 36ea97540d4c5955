import type { ErrorEntry } from './error-entry.js';

const FIX_THE_PROGRAM = 'Fix the program: the same request would be refused again.';

/** Errors that occur before a request reaches a feature. */
export const TRANSPORT_ERRORS = {
  BAD_REQUEST: {
    status: 400,
    meaning: 'The request could not be understood.',
    example: 'The body could not be read.',
    advice: 'The detail says what could not be understood.',
    device: FIX_THE_PROGRAM,
  },
  MALFORMED_JSON: {
    status: 400,
    meaning: 'The body is not JSON.',
    example: 'The body is not valid JSON at line 1, column 14: expected a value.',
    advice: 'Send valid JSON; the detail gives the position of the error.',
    device: `${FIX_THE_PROGRAM} Look for unescaped quotes in a text.`,
  },
  HTTPS_REQUIRED: {
    status: 400,
    meaning: 'The request was sent over plain HTTP, and REQUIRE_HTTPS is true.',
    example: 'This server answers HTTPS only; use https:// in the URL.',
    advice: 'Use https:// in the URL. Behind a proxy that terminates TLS, set TRUST_PROXY.',
    command:
      'Pass the https:// address with --server. Behind a proxy that terminates TLS, set TRUST_PROXY on the server.',
    device: 'Set the https:// address of the server.',
  },
  VALIDATION_FAILED: {
    status: 400,
    meaning: 'One or more fields are missing or invalid; errors lists them.',
    example: 'device_id must not be less than 1.',
    advice: 'Correct the fields listed in errors.',
    command: 'Correct the values named by the server, and run the command again.',
    device: 'Correct the fields listed in errors: the same request would be refused again.',
  },
  DEVICE_LIST_INVALID: {
    status: 400,
    meaning: 'A list of devices has faulty lines; errors lists them (the first 100), and nothing was done.',
    example:
      'The list of devices has 1 faulty line, and no token was made. Line 3: The device 1 stands in line 2 already.',
    advice: 'Correct the lines listed in errors, and send the list again.',
    command: 'Correct the lines, and run the command again.',
  },
  UNAUTHENTICATED: {
    status: 401,
    meaning: 'The token is missing, invalid or expired.',
    example: 'This needs a valid token: log in and send it as "Authorization: Bearer <token>".',
    advice: 'Log in again and send the new token.',
    command: 'Log in again with ota login.',
  },
  NOT_ALLOWED: {
    status: 403,
    meaning: 'The role of the user or token does not allow this.',
    example: 'This takes the role operator; yours is viewer.',
    advice: 'Ask an admin for the role, or use a token that has it.',
  },
  NOT_FOUND: {
    status: 404,
    meaning: 'The endpoint does not exist.',
    example: 'This server shows no metrics: METRICS is off.',
    advice: "Look up the endpoint at the server's /docs.",
    command: 'Check --server: it must be the address of the server, without the path of an endpoint.',
    device: 'Check the address of the server and the path.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The path exists, but does not support this method.',
    example: 'GET is not possible here; use POST.',
    advice: 'Use a method listed in the header Allow.',
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
      'Send the request again. If this happens often, check that Content-Length is the length of the body.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    meaning: 'The body is larger than 8 KiB from a device, or than 1 MiB from an admin.',
    example: 'The body is larger than this endpoint takes.',
    advice: 'Send a smaller body.',
    command: 'Pass shorter texts.',
    device: 'Send a smaller body, for example the first part of a long error_message.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The Content-Type is not JSON or, for an upload, not multipart/form-data.',
    example: 'Send the body as application/json.',
    advice: 'Set the header Content-Type.',
    command:
      'A proxy in front of the server may change requests: compare the header Content-Type on both sides.',
    device: 'Set the header Content-Type to application/json.',
  },
  RANGE_NOT_SATISFIABLE: {
    status: 416,
    meaning: 'The range starts after the end of the file.',
    example: 'The file has 327920 bytes; the range begins past its end.',
    advice: 'Request a range within the size given in the header Content-Range.',
    device: 'Check again, then restart the download at byte 0.',
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
    meaning: 'An unexpected error occurred in the server.',
    example: 'The server failed to handle the request. The request id finds the reason in its log.',
    advice: "Find the request_id in the server's log, and report the log entries.",
    command: "Report the error with the entries in the server's log.",
    device: 'Try again later, with increasing delays.',
  },
  NOT_READY: {
    status: 503,
    meaning: '/health/ready: the server is starting or stopping.',
    example: 'Not ready: the server is starting. Ask again in a moment.',
    advice: "Try again in a moment. If the error persists, check the server's log.",
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    meaning: 'The database is unavailable, has failed, or did not respond in time.',
    example: 'The database cannot do this at the moment; try again shortly.',
    advice:
      'Try again after Retry-After seconds. If the error persists, check the database; if the detail says that all ' +
      'connections are in use, raise DATABASE_POOL_SIZE.',
    device:
      'Send the report again after Retry-After seconds; it may already be stored, and sending the same report twice is safe.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
