import { NoAnswer } from './no-answer.js';

/** What the SDK throws, as far as it is known. */
interface S3Error {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** What is wrong with an object store. */
export interface S3Fault {
  /** In a few words, without names of hosts or buckets: for monitors. */
  readonly words: string;
  /** One sentence without its full stop: for whoever asked. */
  readonly sentence: string;
}

const statusOf = (error: unknown): number => (error as S3Error).$metadata?.httpStatusCode ?? 0;
const nameOf = ({ name = '', code = '' }: S3Error): string => (name === '' || name === 'Error' ? code : name);

/** There is no such object. HEAD says the same of a bucket that does not exist: it has no body for a reason. */
export const isMissing = (error: unknown): boolean => statusOf(error) === 404 && !isNoBucket(error);

const isNoBucket = (error: unknown): boolean => nameOf(error as S3Error) === 'NoSuchBucket';

/** A key with characters or of a length that this store cannot have, so that it has no such object. */
export const isImpossibleKey = (error: unknown): boolean =>
  statusOf(error) === 400 && /^(KeyTooLong|InvalidObjectName|InvalidURI)/.test(nameOf(error as S3Error));

/**
 * Whether an object may be there after a PUT that failed: another has that name (412), another writer was quicker (409), or
 * the answer was lost on its way.
 */
export function mayHaveArrived(error: unknown): boolean {
  const status = statusOf(error);
  const isUnknown = status === 0 && !isWithoutCredentials(error as S3Error);
  const isServersFault = status >= 500 && !isFull(error as S3Error);
  return isUnknown || isServersFault || status === 409 || status === 412;
}

const isFull = (error: S3Error): boolean =>
  statusOf(error) === 507 || /quota|full|insufficient ?(storage|capacity)|no space/i.test(nameOf(error));

const isWithoutCredentials = ({ name }: S3Error): boolean => name === 'CredentialsProviderError';

/** @param bucket its name, for the sentence */
export function faultOf(error: unknown, bucket: string): S3Fault {
  const cause = error as S3Error;
  const [name, status] = [nameOf(cause), statusOf(cause)];
  if (error instanceof NoAnswer) {
    const seconds = `${error.ms / 1000} s`;
    return {
      words: `no answer within ${seconds}`,
      sentence: `The object store did not answer within ${seconds}`,
    };
  }
  if (isWithoutCredentials(cause)) {
    return {
      words: 'it has no credentials',
      sentence:
        'There are no credentials for the object store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this ' +
        'machine a role',
    };
  }
  if (isFull(cause)) return { words: 'it is full', sentence: `The object store is full (${name})` };
  if (isNoBucket(cause)) {
    return { words: 'its bucket is missing', sentence: `The object store has no bucket ${bucket}` };
  }
  if (status === 401 || status === 403) {
    return {
      words: 'access is denied',
      sentence: `The object store refuses access to the bucket ${bucket} (${name})`,
    };
  }
  if (status === 0) {
    const code = cause.code ?? name;
    return { words: 'it cannot be reached', sentence: `The object store cannot be reached (${code})` };
  }
  return {
    words: `it cannot be used (${status})`,
    sentence: `The object store cannot do this now (${status} ${name})`,
  };
}
