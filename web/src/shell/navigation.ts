import type { ComponentType, SVGProps } from 'react';
import Activity from '~icons/lucide/activity';
import Box from '~icons/lucide/box';
import Cpu from '~icons/lucide/cpu';
import Gauge from '~icons/lucide/gauge';
import Group from '~icons/lucide/group';
import Rocket from '~icons/lucide/rocket';
import ScrollText from '~icons/lucide/scroll-text';
import Settings from '~icons/lucide/settings';
import type { Role } from '../api/queries/me';

export interface Place {
  readonly name: string;
  readonly to:
    '/' | '/devices' | '/releases' | '/rollouts' | '/groups' | '/activity' | '/audit' | '/settings';
  readonly icon: ComponentType<SVGProps<SVGSVGElement>>;
  /** After `g`. */
  readonly key: string;
  /** Who may see it; everybody otherwise. */
  readonly needs?: Role;
}

/** The one list of places: the sidebar, the keys and the palette are made from it. */
export const FLEET_PLACES: readonly Place[] = [
  { name: 'Fleet', to: '/', icon: Gauge, key: 'f' },
  { name: 'Devices', to: '/devices', icon: Cpu, key: 'd' },
  { name: 'Releases', to: '/releases', icon: Box, key: 'r' },
  { name: 'Rollouts', to: '/rollouts', icon: Rocket, key: 'o' },
  { name: 'Groups', to: '/groups', icon: Group, key: 'p' },
];

export const SERVER_PLACES: readonly Place[] = [
  { name: 'Activity', to: '/activity', icon: Activity, key: 'a' },
  { name: 'Audit', to: '/audit', icon: ScrollText, key: 'u', needs: 'admin' },
  { name: 'Settings', to: '/settings', icon: Settings, key: 's' },
];

export const PLACES: readonly Place[] = [...FLEET_PLACES, ...SERVER_PLACES];
