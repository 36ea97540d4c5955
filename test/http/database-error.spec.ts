import { QueryFailedError } from 'typeorm';
import { DeadlinePassed } from '../../src/database/deadline-passed.js';
import { isDatabaseTrouble, isItemError } from '../../src/database/database-error.js';
import { toProblem } from '../../src/http/problem.js';

/** A code of each class of PostgreSQL's appendix A, and some more of those that a server in trouble answers. */
const CODES = [
  '00000',
  '01000',
  '02000',
  '03000',
  ...['08000', '08003', '08006', '08001', '08004', '08P01'],
  '09000',
  '0A000',
  '0B000',
  '0F000',
  '0L000',
  '0P000',
  '0Z000',
  '10608',
  '20000',
  '21000',
  ...['22000', '22001', '22021', '22P02', '22P05'],
  ...['23000', '23502', '23503', '23505', '23514', '23P01'],
  '24000',
  ...['25000', '25006', '25P02', '25P03', '25P04'],
  '26000',
  '27000',
  ...['28000', '28P01'],
  '2B000',
  '2D000',
  '2F000',
  '34000',
  '38000',
  '39000',
  '3B000',
  '3D000',
  '3F000',
  ...['40000', '40001', '40P01'],
  ...['42000', '42501', '42P01'],
  '44000',
  ...['53000', '53100', '53200', '53300', '53400'],
  '54000',
  ...['55000', '55006', '55P03'],
  ...['57000', '57014', '57P01', '57P02', '57P03', '57P04', '57P05'],
  ...['58000', '58030'],
  '72000',
  ...['F0000', 'HV000', 'P0001', 'XX000', 'XX001'],
];

const sqlError = (code: string): Error => Object.assign(new Error('it says so'), { code, severity: 'ERROR' });
const wrapped = (error: Error): Error => new QueryFailedError('SELECT 1', [], error);
const systemError = (code: string): Error => Object.assign(new Error(code), { code });

describe('the fault of a database error', () => {
  it.each(CODES)(
    'SQLSTATE %s is the item’s in the classes 22 and 23, trouble that passes otherwise',
    (code) => {
      const isItems = code.startsWith('22') || code.startsWith('23');
      for (const error of [sqlError(code), wrapped(sqlError(code))]) {
        expect([isItemError(error), isDatabaseTrouble(error)]).toEqual([isItems, !isItems]);
        const problem = toProblem(error);
        expect([problem.status, problem.code]).toEqual(
          isItems ? [500, 'INTERNAL_ERROR'] : [503, 'DATABASE_UNAVAILABLE'],
        );
        expect(problem.headers?.['Retry-After'] !== undefined).toBe(!isItems);
      }
    },
  );

  it.each([
    ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'].map(systemError),
    new Error('Connection terminated unexpectedly'),
    new Error('Connection terminated due to connection timeout'),
    new Error('timeout exceeded when trying to connect'),
    new Error('Query read timeout'),
    new Error('Client was closed and is not queryable'),
    new Error('Client has encountered a connection error and is not queryable'),
    new Error('Cannot use a pool after calling end on the pool'),
    Object.assign(new Error('released'), { name: 'QueryRunnerAlreadyReleasedError' }),
    new AggregateError([systemError('ECONNREFUSED')]),
    new DeadlinePassed(10_000),
    wrapped(new Error('anything that the driver says')),
  ])('%s passes, and is nobody’s fault', (error) => {
    expect([isItemError(error), isDatabaseTrouble(error)]).toEqual([false, true]);
    expect(toProblem(error).code).toBe('DATABASE_UNAVAILABLE');
  });

  it.each([new TypeError('a bug'), systemError('ENOENT'), systemError('ENOSPC'), 'no error', null])(
    '%s is not the database’s',
    (error) => {
      expect([isItemError(error), isDatabaseTrouble(error)]).toEqual([false, false]);
    },
  );
});
