import { PageHead } from '../../ui/page';

export default function DevicePage() {
  return <PageHead title="Device" />;
}
