import { PageHead } from '../../ui/page';

export default function GroupsPage() {
  return <PageHead title="Groups" />;
}
