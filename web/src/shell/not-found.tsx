import type { ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { EmptyState } from '../ui/states';
import { PageHead } from '../ui/page';

/** For an address that leads nowhere. */
export function NotFound(): ReactNode {
  return (
    <>
      <PageHead title="Not found" />
      <EmptyState title="There is no page at this address.">
        <Link to="/" className="text-accent underline">
          To the fleet
        </Link>
      </EmptyState>
    </>
  );
}
