import { lazy, Suspense } from 'react';
import type { DialogProps } from './dialog-props';

const Loaded = lazy(() => import('./dialog-popup'));

/** A dialog. Its code is loaded when the first one opens. */
export function Dialog(props: DialogProps) {
  if (!props.open) return null;
  return (
    <Suspense>
      <Loaded {...props} />
    </Suspense>
  );
}
