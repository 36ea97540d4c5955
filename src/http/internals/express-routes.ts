import type { Request } from 'express';

/*
 * Reads the routes that Express has. Its router keeps them in `stack`, which it does not document. Tried with express
 * 5.3 and router 2.3; test/http/internals.spec.ts fails when they change.
 * It may go when Express or Nest answers 405 by itself, or tells which methods a path takes.
 */

/** What Express keeps of a route; middleware has none. */
interface Layer {
  match(path: string): boolean;
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
}

/** The methods that a path takes, for the header Allow; empty when there is no such path. */
export function allowedMethods({ app, path }: Request): string[] {
  const { stack } = app.router as unknown as { readonly stack: readonly Layer[] };
  const methods = new Set<string>();
  for (const layer of stack) {
    if (!layer.route || !layer.match(path)) continue;
    for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
  }
  // Express answers it wherever there is a GET.
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}
