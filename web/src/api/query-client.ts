import { QueryClient } from '@tanstack/react-query';
import { asProblem } from './problem';

/** The first part of the keys of all queries: one for each resource of the server, so that events know what they change. */
export type Resource =
  | 'devices'
  | 'firmware'
  | 'rollouts'
  | 'groups'
  | 'attempts'
  | 'audit'
  | 'people'
  | 'webhooks'
  | 'enrollment-keys'
  | 'server';

const MOST_TRIES = 3;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say when something has changed; this is for what they do not tell of.
      staleTime: 30_000,
      // What the server has refused it refuses again.
      retry: (tries, error) => {
        const { status } = asProblem(error);
        return tries < MOST_TRIES && (status === 0 || status === 429 || status === 503);
      },
      refetchOnWindowFocus: false,
    },
    mutations: { retry: false },
  },
});
