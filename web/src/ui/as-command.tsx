import { lazy, Suspense, useState } from 'react';
import { IconButton } from './button';
import type { Commands } from './commands';

const Loaded = lazy(() => import('./as-command-popup'));

interface AsCommandProps extends Commands {
  /** What else can be done here, each with its name. */
  readonly more?: readonly Commands[];
}

/** `>_`: the same as a command, for a script or for the next time. Its code is loaded when the first one opens. */
export function AsCommand({ more = [], ...commands }: AsCommandProps) {
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
          <Loaded list={[commands, ...more]} anchor={anchor} onClose={() => setAnchor(null)} />
        </Suspense>
      )}
    </>
  );
}
