import { useSyncExternalStore } from 'react';
import X from '~icons/lucide/x';
import { IconButton } from './button';
import { classes } from './classes';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isFault: boolean;
  readonly details: string | null;
  readonly undo: (() => void) | null;
}

/** Long enough to read it and to change one's mind. What went wrong stays until it is closed. */
const SHOWN_MS = 8_000;
const MOST = 3;

let toasts: readonly Toast[] = [];
let lastId = 0;
const watchers = new Set<() => void>();

function become(next: readonly Toast[]): void {
  toasts = next;
  for (const watcher of watchers) watcher();
}

function close(id: number): void {
  become(toasts.filter((toast) => toast.id !== id));
}

function show(toast: Omit<Toast, 'id'>): void {
  lastId += 1;
  const id = lastId;
  become([...toasts.slice(-(MOST - 1)), { ...toast, id }]);
  if (!toast.isFault) setTimeout(() => close(id), SHOWN_MS);
}

/**
 * Says what has changed.
 * @param text such as "Rollout 12 is paused."
 * @param undo what puts it back, if it can be
 */
export function say(text: string, undo?: () => void): void {
  show({ text, isFault: false, details: null, undo: undo ?? null });
}

/** Says what the server said against it, word for word. */
export function sayFault({
  detail,
  requestId,
}: {
  readonly detail: string;
  readonly requestId: string | null;
}): void {
  show({ text: detail, isFault: true, details: requestId && `Request ${requestId}`, undo: null });
}

/** Where they appear; once, in the frame. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => toasts,
  );
  return (
    <section
      aria-label="Messages"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-18 z-50 grid justify-items-end gap-2 md:bottom-4 md:left-auto"
    >
      {shown.map((toast) => (
        <div
          key={toast.id}
          className="pointer-events-auto flex max-w-[440px] items-start gap-3 rounded-lg border border-line bg-panel py-2.5 pr-2 pl-4 text-sm shadow-float appear"
        >
          <div className={classes('min-w-0 self-center', toast.isFault && 'text-failed')}>
            {toast.text}
            {toast.details !== null && <div className="text-xs text-ink-3">{toast.details}</div>}
          </div>
          {toast.undo !== null && (
            <button
              type="button"
              className="h-7 shrink-0 rounded px-2 font-medium text-accent hover:bg-sunken"
              onClick={() => {
                close(toast.id);
                toast.undo?.();
              }}
            >
              Undo
            </button>
          )}
          <IconButton label="Close" className="size-7" onClick={() => close(toast.id)}>
            <X className="size-3.5" />
          </IconButton>
        </div>
      ))}
    </section>
  );
}
