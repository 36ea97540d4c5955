import { resolve } from 'node:path';
import type { BucketAccess } from './app-config.js';

/** A bucket of an object store, and where in it. */
export interface BucketLocation {
  readonly bucket: string;
  /** Before the path of each file; empty, or with a slash at its end. */
  readonly prefix: string;
}

const S3 = 's3://';
/** By the rules for names of buckets that every kind of store accepts. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** What needs no care in a key or a URL. */
const PREFIX = /^(?:[\w.-]+(?:\/[\w.-]+)*\/)?$/;
const MAX_PREFIX = 200;

const EXPECTED = 'must be a folder or a bucket such as s3://firmware or s3://firmware/fleet-1';

/** @returns null for the path of a folder */
export function bucketOf(firmwareStore: string): BucketLocation | null {
  if (!firmwareStore.startsWith(S3)) return null;
  const [bucket = '', ...rest] = firmwareStore.slice(S3.length).split('/');
  return { bucket, prefix: rest.length === 0 ? '' : `${rest.join('/')}/` };
}

/**
 * Where binaries are kept, as a setting says it: a folder, which may be relative, or a bucket.
 * @param name of the setting
 * @param errors receives a sentence when it is neither
 * @returns an absolute path, or s3://bucket/prefix without a slash at its end
 */
export function readStoreLocation(name: string, value: string, errors: string[]): string {
  if (!/^\w+:\/\//.test(value)) return resolve(value);
  const location = value.replace(/\/+$/, '');
  const found = bucketOf(location);
  const isFine =
    found !== null &&
    BUCKET.test(found.bucket) &&
    PREFIX.test(found.prefix) &&
    found.prefix.length <= MAX_PREFIX &&
    !/(?:^|\/)\.\.?\//.test(found.prefix);
  if (!isFine) errors.push(`${name} ${EXPECTED}, but is "${value}".`);
  return location;
}

/**
 * How to reach the buckets of an object store: S3_ENDPOINT, S3_PATH_STYLE, and the variables that every tool for S3 knows.
 * @param text reads a variable
 */
export function readBucketAccess(text: (name: string) => string | null, errors: string[]): BucketAccess {
  const endpoint = text('S3_ENDPOINT') ?? text('AWS_ENDPOINT_URL_S3') ?? text('AWS_ENDPOINT_URL');
  if (endpoint !== null && !isHttpUrl(endpoint)) {
    errors.push(`S3_ENDPOINT must look like https://s3.example.com, but is "${endpoint}".`);
  }
  const pathStyle = text('S3_PATH_STYLE')?.toLowerCase() ?? String(endpoint !== null);
  if (!['true', 'false'].includes(pathStyle)) {
    errors.push(`S3_PATH_STYLE must be one of true, false, but is "${pathStyle}".`);
  }
  const [id, secret] = [text('AWS_ACCESS_KEY_ID'), text('AWS_SECRET_ACCESS_KEY')];
  if ((id === null) !== (secret === null)) {
    errors.push('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together.');
  }
  const sessionToken = text('AWS_SESSION_TOKEN');
  return {
    endpoint,
    // Stores other than that of AWS have no regions, but the signature of a request names one.
    region: text('AWS_REGION') ?? text('AWS_DEFAULT_REGION') ?? (endpoint === null ? null : 'us-east-1'),
    pathStyle: pathStyle === 'true',
    credentials:
      id === null || secret === null
        ? null
        : { accessKeyId: id, secretAccessKey: secret, ...(sessionToken !== null && { sessionToken }) },
  };
}

const MAX_BASE_URL = 1_000;

/**
 * @returns the address of a cache in front of the store, with a slash at its end; null: devices download from this server
 */
export function readDownloadBaseUrl(value: string | null, errors: string[]): string | null {
  if (value === null) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  const isFine = url?.protocol === 'https:' && url.username === '' && url.href.length <= MAX_BASE_URL;
  if (!isFine || /[?#]/.test(value)) {
    errors.push(
      `DOWNLOAD_BASE_URL must be an https address without a query, such as https://cdn.example.com/firmware/, but is "${value}".`,
    );
    return null;
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}
