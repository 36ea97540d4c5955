import { PageHead } from '../../ui/page';

export default function ReleasesPage() {
  return <PageHead title="Releases" />;
}
