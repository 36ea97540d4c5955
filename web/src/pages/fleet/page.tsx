import { PageHead } from '../../ui/page';

export default function FleetPage() {
  return <PageHead title="Fleet" />;
}
