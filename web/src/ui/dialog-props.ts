import type { ReactNode } from 'react';

export interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  /** A question, or what is done: "Abort rollout 12?" */
  readonly title: string;
  readonly children: ReactNode;
}
