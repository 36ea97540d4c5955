import { PageHead } from '../../ui/page';

export default function AuditPage() {
  return <PageHead title="Audit" />;
}
