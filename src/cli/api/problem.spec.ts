import { ERROR_CODES, ERRORS } from '../../domain/errors.js';
import { hintFor, Refusal } from './problem.js';

const SERVER = 'http://ota.example:8000';
const refusal = (code: string, status = 400, detail = 'No.'): Refusal =>
  new Refusal({ status, code, detail, request_id: 'abc' }, SERVER);

describe('what the command says to do about a refusal', () => {
  it.each(ERROR_CODES.filter((code) => code !== 'UNAUTHENTICATED'))('is the advice for %s', (code) => {
    const { status, example, advice, command } = ERRORS[code];
    expect(refusal(code, status, example).hints[0]).toBe(command ?? advice);
  });

  it('is to log in there without a valid token', () => {
    expect(refusal('UNAUTHENTICATED', 401).hints).toEqual([`Log in again: ota login --server ${SERVER}`]);
  });

  it.each(ERROR_CODES)('names no field of the API for %s', (code) => {
    expect(hintFor(code, ERRORS[code].example)).not.toMatch(/[a-z]_[a-z]|=true/);
  });

  it('leads to the log of the server when that failed', () => {
    expect(refusal('STORE_UNAVAILABLE', 503).hints.at(-1)).toBe("The server's log has more under abc.");
    expect(refusal('FIRMWARE_EXISTS', 409).hints).toHaveLength(1);
  });

  it('is the flag that the detail names, for a code of a newer server', () => {
    const detail = 'The image is odd. If it is meant so, send allow_odd_image=true.';
    expect(hintFor('IMAGE_ODD', detail)).toBe('To publish it all the same: --allow-odd-image.');
    expect(hintFor('IMAGE_ODD', 'The image is odd.')).toBeUndefined();
  });
});
