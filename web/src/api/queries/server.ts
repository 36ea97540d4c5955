import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Shape } from '../client';
import { useAction } from '../use-action';

/** Also when something does not work: then it is answered with 503, and says what. */
export const healthQuery = queryOptions({
  queryKey: ['server', 'health'],
  queryFn: async ({ signal }) => {
    const response = await fetch('/health/status', { signal });
    return (await response.json()) as Shape<'HealthStatusResponse'>;
  },
  refetchInterval: 10_000,
});

export const storeQuery = queryOptions({
  queryKey: ['server', 'store'],
  queryFn: ({ signal }) => answer(api.GET('/api/ota/admin/store', { signal })),
});

export const useStoreCleaning = () =>
  useAction<undefined, Shape<'StoreCleanResponse'>>({
    run: () => answer(api.POST('/api/ota/admin/store/clean', { body: { dry_run: false } })),
    changes: ['server'],
    done: ({ removed }) =>
      removed.length === 1 ? 'One file was removed.' : `${removed.length} files were removed.`,
  });
