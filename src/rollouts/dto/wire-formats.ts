import * as example from '../../http/examples.js';

/* What the responses about rollouts have in common. */

export const TIME = { type: String, format: 'date-time', example: example.TIME };
export const TIME_OR_NULL = { ...TIME, nullable: true };
export const TEXT_OR_NULL = { type: String, nullable: true };

/** Rounded, and never more than what a number of JSON can be. */
export const evidenceOf = (xLog: number): number =>
  Math.round(Math.min(Math.exp(xLog), Number.MAX_SAFE_INTEGER) * 1_000) / 1_000;

export const dateOf = (instant: number): Date => new Date(instant / 1_000);
