import { PageHead } from '../../ui/page';

export default function ReleasePage() {
  return <PageHead title="Release" />;
}
