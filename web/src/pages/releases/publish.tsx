import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import {
  audienceQuery,
  usePublish,
  withdrawnBefore,
  type Candidate,
  type DroppedImage,
  type Inspection,
} from '../../api/queries/firmware';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { TextField } from '../../ui/field';
import { count, counted } from '../../ui/numbers';
import { shellWord } from '../../ui/shell-word';

type To = 'draft' | 'rollout' | 'everyone';

/** Above this a rollout is proposed first, as `ota release` does. */
const FEW_DEVICES = 100;

interface PublishProps {
  readonly image: DroppedImage;
  readonly inspection: Inspection;
  /** Whether the server is just asked again. */
  readonly isStale: boolean;
  readonly onDone: () => void;
}

/** To whom it goes, and the button that does it. */
export function Publish({ image, inspection, isStale, onDone }: PublishProps) {
  const { device_type, version, build_number } = inspection.suggested;
  const candidate = device_type !== null && version !== null && build_number !== null;
  if (!candidate)
    return (
      <p className="border-t border-line p-5 text-sm text-ink-2">
        The image does not say all of this: enter what is empty.
      </p>
    );
  return (
    <PublishAs
      candidate={{ device_type, version, build_number }}
      image={image}
      inspection={inspection}
      isStale={isStale}
      onDone={onDone}
    />
  );
}

function PublishAs({
  candidate,
  image,
  inspection,
  isStale,
  onDone,
}: PublishProps & { readonly candidate: Candidate }) {
  const { device_type, version, build_number } = candidate;
  const audience = useQuery(audienceQuery(candidate)).data;
  const offered = audience?.would_be_offered ?? 0;
  const [chosen, setTo] = useState<To | null>(null);
  const to = chosen ?? (offered > FEW_DEVICES ? 'rollout' : 'draft');
  const [description, setDescription] = useState('');
  const publish = usePublish();
  const navigate = useNavigate();
  const isKnown = withdrawnBefore(inspection) !== null;
  const isRefused = inspection.problems.length > 0 && !isKnown;
  const submit = (): void => {
    publish.mutate(
      {
        ...image,
        device_type,
        version,
        build_number: String(build_number),
        inspection,
        description: description.trim(),
        isStable: to === 'everyone',
      },
      {
        onSuccess: ({ id }) => {
          onDone();
          if (to === 'rollout') void navigate({ to: '/rollouts/new', search: { release: String(id) } });
        },
      },
    );
  };
  const words = [
    'release',
    shellWord(image.file.name),
    `--device-type ${shellWord(device_type)} --version ${shellWord(version)} --build ${build_number}`,
    ...(description === '' ? [] : [`--description ${shellWord(description)}`]),
    ...(to === 'everyone' ? ['--stable --everyone'] : to === 'rollout' ? ['--rollout'] : []),
  ];
  return (
    <form
      className="grid gap-4 border-t border-line p-5"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {isKnown ? (
        <p className="text-sm text-ink-2">
          This very file was published as {version} before and withdrawn. It can be offered again.
        </p>
      ) : (
        <TextField
          label="What is new, in one line"
          value={description}
          maxLength={500}
          autoComplete="off"
          onChange={(event) => setDescription(event.target.value)}
        />
      )}
      <fieldset className="grid gap-2 text-sm">
        <legend className="mb-1 font-medium">Who is offered it</legend>
        <Choice is={to} to="draft" onChoose={setTo}>
          Nobody yet: a draft
        </Choice>
        <Choice is={to} to="rollout" onChoose={setTo}>
          A few devices first: a rollout, which stops itself when too many fail
        </Choice>
        <Choice is={to} to="everyone" onChoose={setTo}>
          All devices of {device_type} at once
          {audience && (
            <span className="text-ink-3 tnum">
              : {count(offered)} of {counted(audience.devices, 'device')} would be offered it
            </span>
          )}
        </Choice>
      </fieldset>
      <div className="flex flex-wrap items-center justify-end gap-2">
        <AsCommand
          ota={words.join(' ')}
          path="/api/ota/admin/upload"
          form={[`device_type=${device_type}`, `version=${version}`, `file=@${image.file.name}`]}
        />
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" kind="primary" disabled={isRefused || isStale || publish.isPending}>
          {publish.isPending ? 'Publishing' : `Publish as ${version}${to === 'rollout' ? '…' : ''}`}
        </Button>
      </div>
    </form>
  );
}

interface ChoiceProps {
  readonly is: To;
  readonly to: To;
  readonly onChoose: (to: To) => void;
  readonly children: ReactNode;
}

function Choice({ is, to, onChoose, children }: ChoiceProps) {
  return (
    <label className="flex items-start gap-2">
      <input
        type="radio"
        name="to"
        className="mt-1 size-3.5 accent-accent"
        checked={is === to}
        onChange={() => onChoose(to)}
      />
      <span>{children}</span>
    </label>
  );
}
