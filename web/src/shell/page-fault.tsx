import type { ReactNode } from 'react';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { Problem } from '../api/problem';
import { Fault } from '../ui/states';
import { PageHead } from '../ui/page';

/** For a page that broke, or whose code could not be loaded: the server may have another version now. */
export function PageFault({ error }: ErrorComponentProps): ReactNode {
  const problem = error instanceof Problem ? error : { detail: String(error), requestId: null, code: '' };
  return (
    <>
      <PageHead title="This page did not load" />
      <Fault problem={problem} onRetry={() => location.reload()} />
    </>
  );
}
