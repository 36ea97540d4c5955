import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import TriangleAlert from '~icons/lucide/triangle-alert';
import X from '~icons/lucide/x';
import { asProblem } from '../../api/problem';
import { inspectionQuery, withdrawnBefore, type Inspection } from '../../api/queries/firmware';
import { IconButton } from '../../ui/button';
import { TextField } from '../../ui/field';
import { ImageFacts } from '../../ui/image-facts';
import { bytes } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { Fault, Skeleton } from '../../ui/states';
import { Publish } from './publish';

interface InspectedProps {
  readonly file: File;
  readonly onClose: () => void;
}

/** What the server reads in a file, and what publishing it would be refused for. It is asked again when a field changes. */
export function Inspected({ file, onClose }: InspectedProps) {
  const [said, setSaid] = useState({ device_type: '', version: '', build_number: '' });
  const image = { file, ...said };
  const { data, error, isFetching, refetch } = useQuery(inspectionQuery(image));
  return (
    <Panel
      title={file.name}
      aside={
        <span className="flex items-center gap-2">
          <span className="tnum">{bytes(file.size)}</span>
          <IconButton label="Close, nothing is stored" onClick={onClose}>
            <X className="size-4" />
          </IconButton>
        </span>
      }
    >
      {error && <Fault problem={asProblem(error)} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={4} />}
      {data && (
        <>
          <Findings inspection={data} />
          {data.image.application && (
            <ImageFacts image={data.image.application} size={data.file_size} hash={data.file_hash} />
          )}
          {isPublishable(data) && (
            <>
              <div className="grid gap-4 border-t border-line p-5 md:grid-cols-3">
                <Said
                  label="Device type"
                  name="device_type"
                  suggested={data.suggested.device_type}
                  said={said}
                  onSay={setSaid}
                />
                <Said
                  label="Version"
                  name="version"
                  suggested={data.suggested.version}
                  said={said}
                  onSay={setSaid}
                />
                <Said
                  label="Build"
                  name="build_number"
                  suggested={data.suggested.build_number}
                  said={said}
                  onSay={setSaid}
                />
              </div>
              <Publish image={image} inspection={data} isStale={isFetching} onDone={onClose} />
            </>
          )}
        </>
      )}
    </Panel>
  );
}

/** What cannot be mended by another version or type is not published at all. */
const MENDABLE = new Set([
  'FIRMWARE_EXISTS',
  'IMAGE_VERSION_MISMATCH',
  'IMAGE_VERSION_UNPARSABLE',
  'CHIP_MISMATCH',
]);

const isPublishable = ({ problems }: Inspection): boolean => problems.every(({ code }) => MENDABLE.has(code));

function Findings({ inspection }: { readonly inspection: Inspection }) {
  const { warnings } = inspection;
  const problems = withdrawnBefore(inspection) === null ? inspection.problems : [];
  if (problems.length === 0 && warnings.length === 0) return null;
  return (
    <ul className="grid gap-2 border-t border-line px-5 py-4 text-sm">
      {problems.map(({ code, detail }) => (
        <li key={code} role="alert" className="flex gap-2 text-failed">
          <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
          <span>{detail}</span>
        </li>
      ))}
      {warnings.map((warning) => (
        <li key={warning} className="flex gap-2 text-ink-2">
          <TriangleAlert className="mt-0.5 size-4 shrink-0 text-silent" aria-hidden="true" />
          <span>{warning}</span>
        </li>
      ))}
    </ul>
  );
}

interface SaidFields {
  readonly device_type: string;
  readonly version: string;
  readonly build_number: string;
}

interface SaidProps {
  readonly label: string;
  readonly name: keyof SaidFields;
  readonly suggested: string | number | null;
  readonly said: SaidFields;
  readonly onSay: (said: SaidFields) => void;
}

/** As what it is published: from the image, unless somebody says otherwise. */
function Said({ label, name, suggested, said, onSay }: SaidProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? String(suggested ?? '');
  return (
    <TextField
      label={label}
      value={shown}
      inputMode={name === 'build_number' ? 'numeric' : 'text'}
      autoComplete="off"
      onChange={(event) => setTyped(event.target.value)}
      onBlur={() => typed !== null && typed !== said[name] && onSay({ ...said, [name]: typed })}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
    />
  );
}
