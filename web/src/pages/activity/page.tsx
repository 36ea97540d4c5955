import { PageHead } from '../../ui/page';

export default function ActivityPage() {
  return <PageHead title="Activity" />;
}
