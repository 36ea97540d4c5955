import { ACCESS_ERRORS } from './errors/access-errors.js';
import { ARCHIVE_ERRORS } from './errors/archive-errors.js';
import { DEVICE_ERRORS } from './errors/device-errors.js';
import type { ErrorEntry } from './errors/error-entry.js';
import { EVENT_ERRORS } from './errors/event-errors.js';
import { FIRMWARE_ERRORS } from './errors/firmware-errors.js';
import { IMAGE_ERRORS } from './errors/image-errors.js';
import { PEOPLE_ERRORS } from './errors/people-errors.js';
import { ROLLOUT_ERRORS } from './errors/rollout-errors.js';
import { TRANSPORT_ERRORS } from './errors/transport-errors.js';
import { say, type Property, type Sentence } from './sentence.js';

export type { ErrorEntry } from './errors/error-entry.js';

/** What can go wrong between the network and a feature. */
export type TransportCode = keyof typeof TRANSPORT_ERRORS;

/** What rules and services refuse. */
export type DomainCode =
  | 'VALIDATION_FAILED'
  | keyof typeof FIRMWARE_ERRORS
  | keyof typeof IMAGE_ERRORS
  | keyof typeof ACCESS_ERRORS
  | keyof typeof PEOPLE_ERRORS
  | keyof typeof DEVICE_ERRORS
  | keyof typeof EVENT_ERRORS
  | keyof typeof ROLLOUT_ERRORS
  | keyof typeof ARCHIVE_ERRORS;

export type ErrorCode = TransportCode | DomainCode;

/**
 * The one table of errors: problem details, the examples of the API document, the hints of the command and
 * docs/errors.md are made from it.
 */
export const ERRORS: Readonly<Record<ErrorCode, ErrorEntry>> = {
  ...TRANSPORT_ERRORS,
  ...FIRMWARE_ERRORS,
  ...IMAGE_ERRORS,
  ...ACCESS_ERRORS,
  ...PEOPLE_ERRORS,
  ...DEVICE_ERRORS,
  ...EVENT_ERRORS,
  ...ROLLOUT_ERRORS,
  ...ARCHIVE_ERRORS,
};

/** All codes, in the order of their statuses. */
export const ERROR_CODES: readonly ErrorCode[] = (Object.keys(ERRORS) as ErrorCode[]).sort(
  (a, b) => ERRORS[a].status - ERRORS[b].status,
);

/** @returns undefined for a code that this version does not know */
export const findError = (code: string): ErrorEntry | undefined =>
  Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode] : undefined;

/** Which properties of a request break a rule, and how. */
export type Violations = Readonly<Partial<Record<Property, Sentence>>>;

/** A refusal with a reason: one sentence that a person may read and act on. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: DomainCode,
    readonly sentence: Sentence,
    readonly violations: Violations = {},
    /** When it may be tried again; null: no more is known than the status says. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(say(sentence));
  }
}
