import { lazy, Suspense, type ReactNode } from 'react';

export interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  /** A question, or what is done: "Abort rollout 12?" */
  readonly title: string;
  readonly children: ReactNode;
}

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
