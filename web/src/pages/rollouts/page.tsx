import { PageHead } from '../../ui/page';

export default function RolloutsPage() {
  return <PageHead title="Rollouts" />;
}
