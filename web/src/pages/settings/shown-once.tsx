import { CopyButton } from '../../ui/copy';

interface ShownOnceProps {
  /** What it is: "The token of ci". */
  readonly name: string;
  readonly secret: string;
}

/** A secret that the server does not keep: who needs it copies it now. */
export function ShownOnce({ name, secret }: ShownOnceProps) {
  return (
    <div role="status" className="border-t border-line bg-tint px-5 py-3 text-sm">
      <p className="font-medium">{name} is shown this once: copy it now.</p>
      <p className="mt-1 flex items-center gap-1">
        <code className="mono min-w-0 break-all">{secret}</code>
        <CopyButton text={secret} />
      </p>
    </div>
  );
}
