import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  RouterProvider,
} from '@tanstack/react-router';
import { useEffect } from 'react';
import { queryClient } from './api/query-client';
import { search as devicesSearch } from './pages/devices/search';
import { search as releasesSearch } from './pages/releases/search';
import { search as rolloutsSearch } from './pages/rollouts/search';
import { search as rolloutSearch } from './pages/rollout/search';
import { search as newRolloutSearch } from './pages/new-rollout/search';
import { search as groupsSearch } from './pages/groups/search';
import { search as activitySearch } from './pages/activity/search';
import { search as auditSearch } from './pages/audit/search';
import { NotFound } from './shell/not-found';
import { PageFault } from './shell/page-fault';
import { Shell } from './shell/shell';
import { parseSearch, stringifySearch } from './search';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

/** All addresses. Each page is loaded when somebody goes there, or looks as if they will. */
const routes = root.addChildren([
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/fleet/page')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/devices',
    validateSearch: devicesSearch,
    component: lazyRouteComponent(() => import('./pages/devices/page')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/devices/$id',
    component: lazyRouteComponent(() => import('./pages/device/page')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/releases',
    validateSearch: releasesSearch,
    component: lazyRouteComponent(() => import('./pages/releases/page')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/releases/$id',
    component: lazyRouteComponent(() => import('./pages/release/page')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/rollouts',
    validateSearch: rolloutsSearch,
    component: lazyRouteComponent(() => import('./pages/rollouts/page')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/rollouts/$id',
    validateSearch: rolloutSearch,
    component: lazyRouteComponent(() => import('./pages/rollout/page')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/rollouts/new',
    validateSearch: newRolloutSearch,
    component: lazyRouteComponent(() => import('./pages/new-rollout/page')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/groups',
    validateSearch: groupsSearch,
    component: lazyRouteComponent(() => import('./pages/groups/page')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/activity',
    validateSearch: activitySearch,
    component: lazyRouteComponent(() => import('./pages/activity/page')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/audit',
    validateSearch: auditSearch,
    component: lazyRouteComponent(() => import('./pages/audit/page')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/settings/$section',
    component: lazyRouteComponent(() => import('./pages/settings/page')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/settings',
    beforeLoad: () => {
      // A redirect is thrown: so the router has it.
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw redirect({ to: '/settings/$section', params: { section: 'me' } });
    },
  }),
]);

const router = createRouter({
  routeTree: routes,
  defaultPreload: 'intent',
  defaultErrorComponent: PageFault,
  parseSearch,
  stringifySearch,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

/** The console of somebody who is logged in. Who logs in next sees nothing of what this one has read. */
export function App() {
  useEffect(
    () => () => {
      queryClient.clear();
    },
    [],
  );
  return (
    // Without it the library would write style elements, which the policy of the page refuses.
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </CSPProvider>
  );
}
