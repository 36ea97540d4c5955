import { Webhook } from 'standardwebhooks';
import { MAX_TRIES, newWebhookSecret, pauseAfter, secretText, signatureHeaders } from './webhook-delivery.js';

describe('the tries of a delivery', () => {
  it('are eight within a day, with longer and longer pauses', () => {
    const pauses = Array.from({ length: MAX_TRIES - 1 }, (_, index) => pauseAfter(index + 1) ?? 0);
    expect(pauses).toHaveLength(7);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    const sum = pauses.reduce((a, b) => a + b, 0) / 3_600_000;
    expect(sum).toBeGreaterThan(23);
    expect(sum).toBeLessThan(24);
    expect(pauseAfter(MAX_TRIES)).toBeNull();
  });
});

describe('the signature of a message', () => {
  const secret = newWebhookSecret();
  const message = { id: 'evt_17', body: '{"type":"firmware.released","data":{"note":"größer"}}' };

  it('is what the library of Standard Webhooks verifies', () => {
    const headers = signatureHeaders(message, secret, new Date());
    const library = new Webhook(secretText(secret));
    expect(library.verify(message.body, { ...headers })).toEqual(JSON.parse(message.body));
    expect(() => library.verify(`${message.body} `, { ...headers })).toThrow();
    expect(() => library.verify(message.body, { ...headers, 'webhook-id': 'evt_18' })).toThrow();
    expect(() => new Webhook(secretText(newWebhookSecret())).verify(message.body, { ...headers })).toThrow();
  });

  it('is another one for each try, for the same id', () => {
    const [one, other] = [0, 5_000].map((ms) => signatureHeaders(message, secret, new Date(ms)));
    expect(one!['webhook-id']).toBe(other!['webhook-id']);
    expect([one!['webhook-timestamp'], other!['webhook-timestamp']]).toEqual(['0', '5']);
    expect(one!['webhook-signature']).not.toBe(other!['webhook-signature']);
  });
});
