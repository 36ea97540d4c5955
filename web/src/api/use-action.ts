import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { say, sayFault } from '../ui/toasts';
import { asProblem } from './problem';
import type { Resource } from './query-client';

export interface Action<Input, Output> {
  readonly run: (input: Input) => Promise<Output>;
  /** What it changes: read again when the server has answered. */
  readonly changes: readonly Resource[];
  /**
   * What the page shows at once, before the server has answered: for each query, what becomes of what it holds. Put back when
   * the server refuses.
   */
  readonly atOnce?: (input: Input) => readonly Patch[];
  /** What has changed, as a sentence. */
  readonly done?: (output: Output, input: Input) => string;
  /** What puts it back, if it can be. */
  readonly undo?: (output: Output, input: Input) => Promise<unknown>;
}

export interface Patch {
  /** Of all queries whose keys begin so. */
  readonly key: QueryKey;
  readonly become: (held: never) => unknown;
}

/** An action of the page: shown at once, put back with the server's own sentence when it refuses, with Undo when it can be. */
export function useAction<Input, Output>(action: Action<Input, Output>) {
  const client = useQueryClient();
  const refresh = (): Promise<unknown> =>
    Promise.all(action.changes.map((resource) => client.invalidateQueries({ queryKey: [resource] })));

  return useMutation({
    mutationFn: action.run,
    onMutate: async (input: Input) => {
      const patches = action.atOnce?.(input) ?? [];
      const before: (readonly [QueryKey, unknown])[] = [];
      for (const { key, become } of patches) {
        await client.cancelQueries({ queryKey: key });
        for (const [exact, held] of client.getQueriesData({ queryKey: key })) {
          if (held === undefined) continue;
          before.push([exact, held]);
          client.setQueryData(exact, become(held as never));
        }
      }
      return { before };
    },
    onSuccess: (output, input) => {
      const { done, undo } = action;
      if (!done) return;
      const putBack = undo && (() => void undo(output, input).catch(tell).then(refresh));
      say(done(output, input), putBack);
    },
    onError: (error, _input, context) => {
      for (const [key, held] of context?.before ?? []) client.setQueryData(key, held);
      tell(error);
    },
    onSettled: refresh,
  });
}

const tell = (error: unknown): void => {
  sayFault(asProblem(error));
};
