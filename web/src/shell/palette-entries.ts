import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ComponentType, SVGProps } from 'react';
import Box from '~icons/lucide/box';
import Cpu from '~icons/lucide/cpu';
import Group from '~icons/lucide/group';
import Keyboard from '~icons/lucide/keyboard';
import LogOut from '~icons/lucide/log-out';
import Rocket from '~icons/lucide/rocket';
import Sun from '~icons/lucide/sun';
import Upload from '~icons/lucide/upload';
import { devicesQuery } from '../api/queries/devices';
import { firmwareListQuery } from '../api/queries/firmware';
import { groupsQuery } from '../api/queries/groups';
import { useMay } from '../api/queries/me';
import { rolloutsQuery } from '../api/queries/rollouts';
import { logOut } from '../session/session';
import { deviceIdText } from '../ui/device-id';
import { PLACES } from './navigation';
import { keysInForce } from './keys';
import { switchTheme } from './theme';

export interface Entry {
  readonly id: string;
  readonly section: string;
  readonly icon: ComponentType<SVGProps<SVGSVGElement>>;
  readonly name: string;
  readonly note?: string;
  /** That do the same without the palette. */
  readonly keys?: string;
  readonly run: () => void;
}

/** From so many characters on the server is asked for devices. */
const LEAST_ASKED = 2;
const MOST_OF_EACH = 6;
const NEWEST = 200;

/**
 * What the palette offers for a text: devices that the server finds by name, id or MAC address, the newest releases, rollouts
 * and groups by their names, and everything that one can go to or do.
 */
export function useEntries(text: string): { readonly entries: readonly Entry[]; readonly isAsking: boolean } {
  const navigate = useNavigate();
  const mayChange = useMay('operator');
  const mayAll = useMay('admin');
  const asks = text.trim().length >= LEAST_ASKED;
  const devices = useQuery({
    ...devicesQuery({ q: filterOf(text.trim()), limit: MOST_OF_EACH }),
    enabled: asks,
    retry: false,
  });
  const firmware = useQuery({ ...firmwareListQuery({ limit: NEWEST }), enabled: asks });
  const rollouts = useQuery({ ...rolloutsQuery({ limit: NEWEST }), enabled: asks });
  const groups = useQuery({ ...groupsQuery, enabled: asks });

  const holds = matcherOf(text);
  const found: Entry[] = asks
    ? [
        ...(devices.data?.rows ?? []).map(({ device_id, name, device_type, version }) => ({
          id: `device-${device_id}`,
          section: 'Devices',
          icon: Cpu,
          name: name ?? deviceIdText(device_id),
          note: [name === null ? null : deviceIdText(device_id), device_type, version]
            .filter(Boolean)
            .join(' · '),
          run: () => void navigate({ to: '/devices/$id', params: { id: String(device_id) } }),
        })),
        ...(firmware.data?.rows ?? [])
          .filter(({ version, device_type }) => holds(`${version} ${device_type}`))
          .slice(0, MOST_OF_EACH)
          .map(({ id, version, build_number, device_type }) => ({
            id: `release-${id}`,
            section: 'Releases',
            icon: Box,
            name: version,
            note: `build ${build_number} · ${device_type}`,
            run: () => void navigate({ to: '/releases/$id', params: { id: String(id) } }),
          })),
        ...(rollouts.data?.rows ?? [])
          .filter(({ id, firmware_version, device_type, target, state }) =>
            holds(`rollout ${id} ${firmware_version ?? ''} ${target ?? device_type} ${state}`),
          )
          .slice(0, MOST_OF_EACH)
          .map(({ id, firmware_version, device_type, target, state }) => ({
            id: `rollout-${id}`,
            section: 'Rollouts',
            icon: Rocket,
            name: `${firmware_version ?? ''} to ${target ?? device_type}`,
            note: `rollout ${id}, ${state.replaceAll('_', ' ')}`,
            run: () => void navigate({ to: '/rollouts/$id', params: { id: String(id) } }),
          })),
        ...(groups.data?.rows ?? [])
          .filter(({ name }) => holds(name))
          .slice(0, MOST_OF_EACH)
          .map(({ id, name, filter }) => ({
            id: `group-${id}`,
            section: 'Groups',
            icon: Group,
            name,
            ...(filter !== null && { note: filter }),
            run: () => void navigate({ to: '/groups', search: { id: String(id) } }),
          })),
      ]
    : [];

  const places: Entry[] = PLACES.filter(({ needs }) => needs !== 'admin' || mayAll).map((place) => ({
    id: place.to,
    section: 'Go to and do',
    icon: place.icon,
    name: place.name,
    keys: `g ${place.key}`,
    run: () => void navigate({ to: place.to }),
  }));
  const actions: Entry[] = [
    ...(mayChange
      ? [
          {
            id: 'publish',
            section: 'Go to and do',
            icon: Upload,
            name: 'Publish a release…',
            note: 'drop a .bin',
            run: () => void navigate({ to: '/releases' }),
          },
          {
            id: 'roll-out',
            section: 'Go to and do',
            icon: Rocket,
            name: 'New rollout…',
            run: () => void navigate({ to: '/rollouts/new' }),
          },
        ]
      : []),
    // What the page that is open says its keys do.
    ...keysInForce()
      .filter(({ keys }) => !keys.startsWith('g ') && keys !== 'Ctrl k')
      .map(({ keys, name, run }) => ({
        id: `key-${keys}`,
        section: 'Go to and do',
        icon: Keyboard,
        name,
        keys,
        run,
      })),
    { id: 'theme', section: 'Go to and do', icon: Sun, name: 'Switch light and dark', run: switchTheme },
    { id: 'log-out', section: 'Go to and do', icon: LogOut, name: 'Log out', run: () => void logOut() },
  ];
  const isAsking = asks && devices.isFetching && (devices.isPlaceholderData || devices.data === undefined);
  return { entries: [...found, ...[...places, ...actions].filter(({ name }) => holds(name))], isAsking };
}

/** Whether all words of a text are in another one, wherever. */
function matcherOf(text: string): (candidate: string) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (candidate) => words.every((word) => candidate.toLowerCase().includes(word));
}

/** Digits as they stand on a label, of which the rest is worn off. */
const END = /^[0-9a-f]{2}([:-]?[0-9a-f]{2}){0,3}$/i;

/** Names and ids that begin so, ids that end so; whatever is in the text, it is one term. */
function filterOf(text: string): string {
  const begins = `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  return END.test(text) ? `${begins} OR id:*${text}` : begins;
}
