import { PageHead } from '../../ui/page';

export default function NewRolloutPage() {
  return <PageHead title="New rollout" />;
}
