import type { ReactNode } from 'react';
import { PageHead } from '../../ui/page';

export default function NewRolloutPage(): ReactNode {
  return <PageHead title="New rollout" />;
}
