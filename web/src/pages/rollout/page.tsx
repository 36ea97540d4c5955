import { PageHead } from '../../ui/page';

export default function RolloutPage() {
  return <PageHead title="Rollout" />;
}
