import { resolve } from 'node:path';
import { bucketOf, readBucketAccess, readDownloadBaseUrl, readStoreLocation } from './store-location.js';

describe('where binaries are kept', () => {
  const read = (value: string): { location: string; errors: string[] } => {
    const errors: string[] = [];
    return { location: readStoreLocation('FIRMWARE_STORE', value, errors), errors };
  };

  it.each([
    ['/srv/firmware', '/srv/firmware'],
    ['firmware', resolve('firmware')],
    ['s3:folder', resolve('s3:folder')],
    ['s3://firmware', 's3://firmware'],
    ['s3://firmware/', 's3://firmware'],
    ['s3://my.bucket-1/fleet/eu_1/', 's3://my.bucket-1/fleet/eu_1'],
  ])('%s', (value, location) => {
    expect(read(value)).toEqual({ location, errors: [] });
  });

  it.each([
    's3://',
    's3://ab',
    's3://Firmware',
    's3://firmware//x',
    's3://firmware/../x',
    's3://firmware/a b',
    's3://firmware/ü',
    `s3://firmware/${'a'.repeat(201)}`,
    'ftp://firmware',
    'https://firmware.example.com',
  ])('%s is refused', (value) => {
    expect(read(value).errors).toEqual([
      `FIRMWARE_STORE must be a folder or a bucket such as s3://firmware or s3://firmware/fleet-1, but is "${value}".`,
    ]);
  });

  it.each([
    ['/srv/firmware', null],
    ['s3://firmware', { bucket: 'firmware', prefix: '' }],
    ['s3://firmware/fleet/eu', { bucket: 'firmware', prefix: 'fleet/eu/' }],
  ])('%s as a bucket', (location, expected) => {
    expect(bucketOf(location)).toEqual(expected);
  });
});

describe('how a bucket is reached', () => {
  const read = (env: Record<string, string>): unknown => {
    const errors: string[] = [];
    const access = readBucketAccess((name) => env[name] ?? null, errors);
    return errors.length > 0 ? errors : access;
  };
  const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
  const endpoint = 'https://s3.example.com';

  it.each([
    [{}, { endpoint: null, region: null, pathStyle: false, credentials: null }],
    [
      { S3_ENDPOINT: endpoint, ...KEYS },
      { endpoint, region: 'us-east-1', pathStyle: true, credentials },
    ],
    [
      {
        AWS_ENDPOINT_URL_S3: endpoint,
        AWS_ENDPOINT_URL: 'https://other.example.com',
        S3_PATH_STYLE: 'false',
      },
      { endpoint, region: 'us-east-1', pathStyle: false, credentials: null },
    ],
    [
      { AWS_ENDPOINT_URL: endpoint, AWS_DEFAULT_REGION: 'eu-central-1' },
      { endpoint, region: 'eu-central-1', pathStyle: true, credentials: null },
    ],
    [
      { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'x', ...KEYS, AWS_SESSION_TOKEN: 't' },
      {
        endpoint: null,
        region: 'eu-west-1',
        pathStyle: false,
        credentials: { ...credentials, sessionToken: 't' },
      },
    ],
  ])('%j', (env, expected) => {
    expect(read(env)).toEqual(expected);
  });

  it.each([
    [{ S3_ENDPOINT: 's3.example.com' }, 'S3_ENDPOINT must look like'],
    [{ S3_PATH_STYLE: 'maybe' }, 'S3_PATH_STYLE must be one of'],
    [{ AWS_ACCESS_KEY_ID: 'id' }, 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together'],
  ])('%j is refused', (env, sentence) => {
    expect(read(env)).toEqual([expect.stringContaining(sentence)]);
  });
});

describe('where downloads are redirected to', () => {
  const read = (value: string | null): unknown => {
    const errors: string[] = [];
    const url = readDownloadBaseUrl(value, errors);
    return errors.length > 0 ? errors : url;
  };

  it.each([
    [null, null],
    ['https://cdn.example.com', 'https://cdn.example.com/'],
    ['https://cdn.example.com/fw', 'https://cdn.example.com/fw/'],
    ['https://cdn.example.com:8443/fw/', 'https://cdn.example.com:8443/fw/'],
  ])('%s', (value, expected) => {
    expect(read(value)).toBe(expected);
  });

  it.each([
    'cdn.example.com',
    'http://cdn.example.com/',
    'https://user:secret@cdn.example.com/',
    'https://cdn.example.com/?a=b',
    'https://cdn.example.com/#a',
    `https://cdn.example.com/${'a'.repeat(1_000)}`,
  ])('%s is refused', (value) => {
    expect(read(value)).toEqual([expect.stringContaining('DOWNLOAD_BASE_URL must be an https address')]);
  });
});
