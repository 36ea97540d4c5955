import { Link } from '@tanstack/react-router';
import type { Firmware } from '../../api/queries/firmware';
import { revisions, signatureOf } from '../../ui/image-facts';
import { bytes } from '../../ui/numbers';
import { Panel } from '../../ui/page';

interface ComparedProps {
  readonly before: Firmware;
  readonly after: Firmware;
}

/** What is different from the release before it: a wrong file shows here, not in the field. */
export function Compared({ before, after }: ComparedProps) {
  const [old, next] = [factsOf(before), factsOf(after)];
  const names = Object.keys(next).filter((name) => old[name] !== next[name]);
  return (
    <Panel
      title={
        <>
          Compared with{' '}
          <Link to="/releases/$id" params={{ id: String(before.id) }} className="underline">
            {before.version}
          </Link>
        </>
      }
      aside={names.length === 0 ? 'the same chip, key and size' : undefined}
    >
      {names.length > 0 && (
        <table className="w-full text-left text-sm">
          <thead className="text-xs text-ink-3">
            <tr>
              <th scope="col" className="px-5 py-1 font-normal">
                What
              </th>
              <th scope="col" className="px-2 py-1 font-normal">
                {before.version}
              </th>
              <th scope="col" className="px-5 py-1 font-normal">
                {after.version}
              </th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name} className="border-t border-line">
                <th scope="row" className="px-5 py-1.5 font-normal text-ink-2">
                  {name}
                </th>
                <td className="px-2 py-1.5 text-ink-3 tnum">{old[name] ?? 'not known'}</td>
                <td className="px-5 py-1.5 tnum">{next[name] ?? 'not known'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function factsOf({
  file_size,
  min_current_version,
  image,
}: Firmware): Readonly<Record<string, string | null>> {
  const app = image?.application ?? null;
  return {
    Chip: app?.chip ?? null,
    Revisions: app && revisions(app),
    Project: app?.project_name ?? null,
    'Secure version': app && String(app.secure_version),
    'ESP-IDF': app?.idf_version ?? null,
    Signature: app && signatureOf(app),
    'Signing key': app?.signature.blocks.map(({ key_digest }) => key_digest.slice(0, 16)).join(', ') ?? null,
    Size: bytes(file_size),
    Floor: min_current_version ?? 'none',
  };
}
