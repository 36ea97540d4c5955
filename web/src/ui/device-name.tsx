import { deviceIdText } from './device-id';

interface DeviceNameProps {
  readonly id: number;
  readonly name: string | null;
}

/** A device by what people call it, with its id; by its id alone when nobody has named it. */
export function DeviceName({ id, name }: DeviceNameProps) {
  const text = deviceIdText(id);
  if (name === null) return <span className="mono">{text}</span>;
  return (
    <>
      <bdi className="font-medium">{name}</bdi> <span className="mono ml-1 text-xs text-ink-3">{text}</span>
    </>
  );
}
