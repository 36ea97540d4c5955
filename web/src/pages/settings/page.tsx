import { PageHead } from '../../ui/page';

export default function SettingsPage() {
  return <PageHead title="Settings" />;
}
