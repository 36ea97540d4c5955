import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import LogOut from '~icons/lucide/log-out';
import Search from '~icons/lucide/search';
import Sun from '~icons/lucide/sun';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { meQuery, useMay } from '../api/queries/me';
import { useLiveState, type LiveState } from '../live/live';
import { keepFresh } from '../live/refresh';
import { logOut } from '../session/session';
import { IconButton } from '../ui/button';
import { classes } from '../ui/classes';
import { Kbd } from '../ui/kbd';
import { Logo } from '../ui/logo';
import { Toasts } from '../ui/toasts';
import { KeyList } from './key-list';
import { useKeyboard, useKeys } from './keys';
import { FLEET_PLACES, PLACES, SERVER_PLACES, type Place } from './navigation';
import { switchTheme } from './theme';

const loadPalette = () => import('./palette');
const Palette = lazy(loadPalette);
/** After the page itself is there. */
const PREFETCH_MS = 1_500;

/** What is around every page: where one can go, whether it is live, and the keys. */
export function Shell(): ReactNode {
  const [showsKeys, setShowsKeys] = useState(false);
  const [showsPalette, setShowsPalette] = useState(false);
  const navigate = useNavigate();
  const client = useQueryClient();
  useEffect(() => keepFresh(client), [client]);
  useEffect(() => {
    // So that what somebody types right after Ctrl K is not lost while its code is loaded.
    const timer = setTimeout(() => void loadPalette().catch(() => undefined), PREFETCH_MS);
    return () => clearTimeout(timer);
  }, []);
  useKeyboard();
  useKeys([
    ...PLACES.map(({ name, to, key }) => ({
      keys: `g ${key}`,
      name: `Go to ${name}`,
      run: () => void navigate({ to }),
    })),
    { keys: 'Ctrl k', name: 'Find or do', run: () => setShowsPalette(true) },
    { keys: '?', name: 'Show the keys', run: () => setShowsKeys(true) },
  ]);
  return (
    <div className="flex h-dvh flex-col md:flex-row">
      <a
        href="#main"
        className="unseen z-50 rounded bg-accent px-3 py-1 text-on-accent focus:fixed focus:top-2 focus:left-2 focus:m-0 focus:h-auto focus:w-auto focus:[clip-path:none]"
      >
        Skip to the page
      </a>
      <Sidebar onFind={() => setShowsPalette(true)} />
      <main
        id="main"
        tabIndex={-1}
        className="flex min-h-0 min-w-0 flex-1 flex-col overflow-y-auto outline-none"
      >
        <Outlet />
      </main>
      <BottomBar onFind={() => setShowsPalette(true)} />
      <Toasts />
      {showsPalette && (
        <Suspense>
          <Palette onClose={() => setShowsPalette(false)} />
        </Suspense>
      )}
      <KeyList open={showsKeys} onClose={() => setShowsKeys(false)} />
    </div>
  );
}

interface FindProps {
  readonly onFind: () => void;
}

function Sidebar({ onFind }: FindProps) {
  const { data: me } = useQuery(meQuery);
  return (
    <nav
      aria-label="Main"
      className="hidden w-[216px] shrink-0 flex-col overflow-y-auto border-r border-line bg-canvas p-3 md:flex"
    >
      <Link to="/" className="mb-3 flex items-center gap-2 rounded px-1.5 py-1 text-sm font-semibold">
        <Logo size={22} />
        OTA server
      </Link>
      <button
        type="button"
        onClick={onFind}
        onPointerEnter={() => void loadPalette()}
        className="mb-3 flex h-8 shrink-0 items-center gap-2 rounded border border-line bg-panel pr-2 pl-2 text-sm text-ink-3 hover:border-field"
      >
        <Search className="size-4" aria-hidden="true" />
        Find or do…
        <span className="ml-auto">
          <Kbd>Ctrl K</Kbd>
        </span>
      </button>
      {FLEET_PLACES.map((place) => (
        <PlaceLink key={place.to} place={place} />
      ))}
      <p className="mt-4 mb-1 px-2 text-xs font-medium text-ink-3">Server</p>
      {SERVER_PLACES.map((place) => (
        <PlaceLink key={place.to} place={place} />
      ))}
      <div className="mt-auto flex items-center pt-4 pl-1">
        <Live />
        <IconButton label="Switch light and dark" className="ml-auto" onClick={switchTheme}>
          <Sun className="size-4" />
        </IconButton>
        <IconButton label={me ? `Log out ${me.username}` : 'Log out'} onClick={() => void logOut()}>
          <LogOut className="size-4" />
        </IconButton>
      </div>
    </nav>
  );
}

function PlaceLink({ place }: { readonly place: Place }) {
  const mayAll = useMay(place.needs ?? 'viewer');
  if (place.needs && !mayAll) return null;
  return (
    <Link
      to={place.to}
      activeOptions={{ exact: place.to === '/', includeSearch: false }}
      className="mb-0.5 flex h-8 items-center gap-2.5 rounded px-2 text-sm font-medium text-ink-2 hover:bg-sunken"
      activeProps={{ className: 'bg-tint !text-accent hover:!bg-tint' }}
    >
      <place.icon className="size-4 shrink-0" aria-hidden="true" />
      {place.name}
    </Link>
  );
}

const LIVE_WORDS: Readonly<Record<LiveState, string>> = {
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Reconnecting…',
};

/** Whether what one sees is what is. */
function Live() {
  const state = useLiveState();
  return (
    <span role="status" className="flex items-center gap-2 text-xs text-ink-2">
      <span
        aria-hidden="true"
        className={classes('size-1.5 rounded-full', state === 'live' ? 'bg-ok' : 'bg-silent breathe')}
      />
      {LIVE_WORDS[state]}
    </span>
  );
}

/** Where everything is twice as large, there is room for the icons alone. */
const NARROWEST = 'max-[300px]:unseen';

/** On a phone: what a thumb reaches. */
function BottomBar({ onFind }: FindProps): ReactNode {
  return (
    <nav
      aria-label="Main"
      className="grid shrink-0 grid-cols-5 border-t border-line bg-canvas pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {FLEET_PLACES.slice(0, 4).map((place) => (
        <Link
          key={place.to}
          to={place.to}
          activeOptions={{ exact: place.to === '/', includeSearch: false }}
          className="grid h-14 place-content-center justify-items-center gap-0.5 text-xs text-ink-3 -outline-offset-2"
          activeProps={{ className: '!text-accent' }}
        >
          <place.icon className="size-[18px]" aria-hidden="true" />
          <span className={NARROWEST}>{place.name}</span>
        </Link>
      ))}
      <button
        type="button"
        onClick={onFind}
        className="grid h-14 place-content-center justify-items-center gap-0.5 text-xs text-ink-3 -outline-offset-2"
      >
        <Search className="size-[18px]" aria-hidden="true" />
        <span className={NARROWEST}>Find</span>
      </button>
    </nav>
  );
}
