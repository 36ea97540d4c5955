import { lazy, Suspense, useState } from 'react';
import { IconButton } from './button';

export interface Commands {
  /** Without the `ota`: `rollouts pause 12`. Words of people go through shellWord(). */
  readonly ota: string;
  /** The request that it stands for. */
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** With its query: `/api/ota/admin/devices?q=…`. */
  readonly path: string;
  /** JSON. */
  readonly body?: unknown;
}

const Loaded = lazy(() => import('./as-command-popup'));

/** `>_`: the same as a command, for a script or for the next time. Its code is loaded when the first one opens. */
export function AsCommand(commands: Commands) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <IconButton
        label="The same as a command"
        aria-haspopup="dialog"
        aria-expanded={anchor !== null}
        className="mono text-sm"
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <span aria-hidden="true">&gt;_</span>
      </IconButton>
      {anchor !== null && (
        <Suspense>
          <Loaded commands={commands} anchor={anchor} onClose={() => setAnchor(null)} />
        </Suspense>
      )}
    </>
  );
}
