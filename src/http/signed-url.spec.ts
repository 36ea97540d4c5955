import { readSignedQuery, signedUrl } from './signed-url.js';

describe('a signed URL', () => {
  const query = { deviceId: '123', expires: '1767225600', signature: 'ab12' };

  it('is read as it was written', () => {
    const url = signedUrl('/api/ota/download/456', query);
    expect(url).toBe('/api/ota/download/456?device_id=123&expires=1767225600&sig=ab12');
    const { searchParams } = new URL(url, 'http://ota.example');
    expect(readSignedQuery(Object.fromEntries(searchParams))).toEqual(query);
  });

  it('has an empty text for what is missing or comes twice', () => {
    expect(readSignedQuery({ sig: ['a', 'b'] })).toEqual({ deviceId: '', expires: '', signature: '' });
  });
});
