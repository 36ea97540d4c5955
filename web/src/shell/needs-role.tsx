import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { meQuery, useMay, type Role } from '../api/queries/me';
import { EmptyState, Skeleton } from '../ui/states';

interface NeedsRoleProps {
  readonly role: Role;
  /** What takes the role: "To read the audit log". */
  readonly what: string;
  readonly children: ReactNode;
}

/** Shows a page to those who may see it, and tells others what it takes. Nothing is asked for them that would be refused. */
export function NeedsRole({ role, what, children }: NeedsRoleProps): ReactNode {
  const isKnown = useQuery(meQuery).data !== undefined;
  const may = useMay(role);
  if (may) return children;
  return isKnown ? <EmptyState title={`${what} takes the role ${role}.`} /> : <Skeleton lines={6} />;
}
