import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Device } from '../../api/queries/devices';
import { attributeName } from '../../ui/attributes';
import { Fact, Panel } from '../../ui/page';
import { Ago, span } from '../../ui/time';

const IDENTITIES: Readonly<Record<Device['identity'], string>> = {
  none: 'None: it needs no credentials',
  token: 'A device token',
  certificate: 'A client certificate',
};

/** What the device says of itself. */
export function SelfPanel({ device }: { readonly device: Device }) {
  const { device_type, version, build_number, desired_version, check_interval } = device;
  const attributes = Object.entries(device.attributes);
  return (
    <Panel title="What it says of itself">
      <dl className="grid gap-3 px-5 pb-5">
        <Fact name="Type">{device_type ?? 'Not known: it has not checked yet'}</Fact>
        <Fact name="Runs">
          {version === null ? (
            'Not known'
          ) : (
            <Link
              to="/devices"
              search={{ ...(device_type !== null && { type: device_type }), version }}
              className="text-accent hover:underline"
            >
              {version}
              {build_number !== null && `, build ${build_number}`}
            </Link>
          )}
        </Fact>
        {desired_version !== null && <Fact name="Should run">{desired_version}</Fact>}
        <Fact name="Last seen">
          <Ago time={device.last_seen_at} />
          {check_interval !== null && `, asks every ${span(check_interval)}`}
        </Fact>
        <Fact name="First seen">
          <Ago time={device.first_seen_at} />
        </Fact>
        <Fact name="Proves itself with">{IDENTITIES[device.identity]}</Fact>
        {attributes.map(([key, value]) => (
          <Fact key={key} name={attributeName(key)}>
            <bdi>{textOf(value)}</bdi>
          </Fact>
        ))}
      </dl>
      {attributes.length > 0 && (
        <p className="border-t border-line px-5 py-2.5 text-xs text-ink-3">
          Attributes that operators have set win over its own.
        </p>
      )}
    </Panel>
  );
}

const textOf = (value: unknown): ReactNode => (typeof value === 'string' ? value : JSON.stringify(value));
