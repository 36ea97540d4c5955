import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Shape } from '../client';
import { useAction } from '../use-action';

export type Webhook = Shape<'WebhookResponse'>;

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks', 'list'],
  queryFn: ({ signal }) => answer(api.GET('/api/ota/admin/webhooks', { signal })),
});

export const useWebhookCreation = () =>
  useAction<Shape<'WebhookCreateRequest'>, Shape<'WebhookCreatedResponse'>>({
    run: (body) => answer(api.POST('/api/ota/admin/webhooks', { body })),
    changes: ['webhooks'],
  });

export const useWebhookChange = () =>
  useAction<{ readonly webhook: Webhook; readonly isActive: boolean }, Webhook>({
    run: ({ webhook, isActive }) => setActive(webhook.id, isActive),
    changes: ['webhooks'],
    atOnce: ({ webhook, isActive }) => [
      {
        key: ['webhooks', 'list'],
        become: (held: readonly Webhook[]) =>
          held.map((one) => (one.id === webhook.id ? { ...one, is_active: isActive } : one)),
      },
    ],
    done: (_, { webhook, isActive }) =>
      isActive
        ? `${webhook.url} is told of what happens from now on.`
        : `${webhook.url} is not told any more.`,
    undo: (_, { webhook, isActive }) => setActive(webhook.id, !isActive),
  });

const setActive = (id: number, isActive: boolean): Promise<Webhook> =>
  answer(
    api.PATCH('/api/ota/admin/webhooks/{id}', { params: { path: { id } }, body: { is_active: isActive } }),
  );

export const useWebhookDeletion = () =>
  useAction<Webhook, unknown>({
    run: ({ id }) => answer(api.DELETE('/api/ota/admin/webhooks/{id}', { params: { path: { id } } })),
    changes: ['webhooks'],
    done: (_, { url }) => `The webhook to ${url} is deleted.`,
  });

export const useWebhookTest = () =>
  useAction<Webhook, Shape<'WebhookTestResponse'>>({
    run: ({ id }) => answer(api.POST('/api/ota/admin/webhooks/{id}/test', { params: { path: { id } } })),
    changes: ['webhooks'],
    done: ({ delivered, status, error }, { url }) =>
      delivered
        ? `A test message arrived at ${url}: it answered ${status}.`
        : `The test message did not arrive at ${url}: ${error ?? `it answered ${status}`}.`,
  });
