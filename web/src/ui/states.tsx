import type { ReactNode } from 'react';
import TriangleAlert from '~icons/lucide/triangle-alert';
import { Button } from './button';

interface EmptyStateProps {
  /** What is not there, as a sentence. */
  readonly title: string;
  /** The ways to get it. */
  readonly children?: ReactNode;
}

/** Says why there is nothing, and what to do. */
export function EmptyState({ title, children }: EmptyStateProps) {
  return (
    <div className="grid justify-items-center gap-2 px-5 py-12 text-center">
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-[56ch] text-sm text-ink-3">{children}</div>}
    </div>
  );
}

/** Where content will be, while it is loaded for the first time. */
export function Skeleton({ lines = 3 }: { readonly lines?: number }) {
  return (
    <div role="status" aria-label="Loading" className="grid gap-3 p-5">
      {Array.from({ length: lines }, (_, line) => (
        <div
          key={line}
          className="h-4 rounded bg-sunken breathe"
          style={{ width: `${90 - ((line * 23) % 50)}%` }}
        />
      ))}
    </div>
  );
}

interface FaultProps {
  /** What was asked for in vain: detail is the server's own sentence. */
  readonly problem: { readonly detail: string; readonly requestId: string | null; readonly code: string };
  readonly onRetry?: () => void;
}

/** What the server says against it, word for word, and by what its log tells of it. */
export function Fault({ problem, onRetry }: FaultProps) {
  const { detail, requestId, code } = problem;
  return (
    <div role="alert" className="flex flex-wrap items-start gap-3 p-5 text-sm">
      <TriangleAlert className="mt-0.5 size-4 shrink-0 text-failed" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p>{detail}</p>
        {(requestId !== null || code !== '') && (
          <details className="mt-1 text-xs text-ink-3">
            <summary>Details</summary>
            <p>
              {code}{' '}
              {requestId !== null && (
                <>
                  request <code>{requestId}</code>
                </>
              )}
            </p>
          </details>
        )}
      </div>
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
