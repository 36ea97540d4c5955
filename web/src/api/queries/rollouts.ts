import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, api, page, type Page, type Shape } from '../client';
import { useAction, type Action, type Patch } from '../use-action';

export type Rollout = Shape<'RolloutResponse'>;
export type RolloutDetail = Shape<'RolloutDetailResponse'>;
export type RolloutState = Rollout['state'];
export type RolloutDevice = Shape<'RolloutDeviceResponse'>;
export type RolloutDeviceState = RolloutDevice['state'];
export type EvidencePoint = Shape<'EvidencePointResponse'>;
export type RolloutFactors = Shape<'RolloutFactorsResponse'>;
export type RolloutRequest = Shape<'RolloutRequest'>;
export type RolloutPreview = Shape<'RolloutPreviewResponse'>;

export interface RolloutList {
  /** States, separated by commas. */
  readonly state?: string;
  readonly firmware_id?: number;
  readonly skip?: number;
  readonly limit?: number;
}

/** Silence, soak times and windows come with time: no event tells of them. */
const TIME_MS = 10_000;
const MOVES_BY_ITSELF = new Set<RolloutState>(['scheduled', 'running', 'paused', 'halted']);

export const rolloutsQuery = (list: RolloutList) =>
  queryOptions({
    queryKey: ['rollouts', 'list', list],
    queryFn: ({ signal }) => page(api.GET('/api/ota/admin/rollouts', { params: { query: list }, signal })),
    placeholderData: keepPreviousData,
  });

export const rolloutQuery = (id: number) =>
  queryOptions({
    queryKey: ['rollouts', 'one', id],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/ota/admin/rollouts/{rollout_id}', { params: { path: { rollout_id: id } }, signal }),
      ),
    refetchInterval: ({ state: { data } }) => data && MOVES_BY_ITSELF.has(data.state) && TIME_MS,
  });

/** More than there are pixels for would show nothing more. */
const POINTS = 240;

/** For a chart: the last point is the present. */
export const evidenceQuery = (id: number) =>
  queryOptions({
    queryKey: ['rollouts', 'evidence', id],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/ota/admin/rollouts/{rollout_id}/evidence', {
          params: { path: { rollout_id: id }, query: { points: POINTS } },
          signal,
        }),
      ),
  });

/**
 * What the failed devices have in common. The server compares up to 20,000 devices for it, so that it is asked again only
 * when others have failed, and not for each report.
 * @param bad how many have failed or are silent
 */
export const factorsQuery = (id: number, bad: number) =>
  queryOptions({
    queryKey: ['rollout-factors', id, bad],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/ota/admin/rollouts/{rollout_id}/factors', {
          params: { path: { rollout_id: id } },
          signal,
        }),
      ),
    enabled: bad > 0,
    placeholderData: keepPreviousData,
  });

export type AuditRow = Shape<'AuditRowResponse'>;

/** What was done to it, for admins: of the audit log, the newest first. */
export const rolloutHistoryQuery = (id: number) =>
  queryOptions({
    queryKey: ['audit', 'rollout', id],
    queryFn: ({ signal }) =>
      page(api.GET('/api/ota/admin/audit', { params: { query: { target: `rollout:${id}` } }, signal })),
  });

interface RolloutDeviceList {
  readonly state?: RolloutDeviceState;
  readonly limit: number;
}

export const rolloutDevicesQuery = (id: number, list: RolloutDeviceList) =>
  queryOptions({
    queryKey: ['rollouts', 'devices', id, list],
    queryFn: ({ signal }) =>
      page(
        api.GET('/api/ota/admin/rollouts/{rollout_id}/devices', {
          params: { path: { rollout_id: id }, query: list },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Whom a rollout would reach, and why others not. The server looks at all devices for it: not at each event. */
export const rolloutPreviewQuery = (choice: RolloutRequest | null) =>
  queryOptions({
    queryKey: ['rollout-preview', choice],
    queryFn: ({ signal }) => {
      if (choice === null) throw new Error('A preview is asked for when there is something to preview.');
      return answer(api.POST('/api/ota/admin/rollouts/preview', { body: choice, signal }));
    },
    enabled: choice !== null,
    refetchInterval: TIME_MS,
    placeholderData: keepPreviousData,
  });

/** What one does to a rollout without saying more. */
type PlainAction = 'start' | 'approve' | 'pause' | 'abort' | 'finish';

export interface RolloutChange {
  /** As it was seen: it is refused when somebody else has acted since. */
  readonly rollout: Rollout;
  readonly action: PlainAction | 'resume';
  /** With resume: a higher share of devices that may fail. */
  readonly maxFailureRate?: number;
}

const DONE: Readonly<Record<RolloutState, string>> = {
  draft: 'is a draft',
  waiting_for_approval: 'waits for approval by another person',
  scheduled: 'starts at its time',
  running: 'runs',
  paused: 'is paused: nobody else is offered its release',
  halted: 'is halted',
  finished: 'is finished',
  aborted: 'is aborted',
};

const CHANGE: Action<RolloutChange, RolloutDetail> = {
  run: changeRollout,
  changes: ['rollouts', 'devices', 'firmware'],
  done: ({ id, state }) => `Rollout ${id} ${DONE[state]}.`,
};

/** What cannot be undone: devices may have been offered its release by then, or never are. */
export const useRolloutChange = () => useAction(CHANGE);

/** To pause, and to resume what was paused: each undoes the other. */
export const useRolloutHold = () =>
  useAction({
    ...CHANGE,
    atOnce: ({ rollout, action }) => patchesOf(rollout.id, { state: stateAfter(rollout, action) }),
    undo: (rollout, { action }) =>
      changeRollout({ rollout, action: action === 'pause' ? 'resume' : 'pause' }),
  });

function changeRollout({ rollout, action, maxFailureRate }: RolloutChange): Promise<RolloutDetail> {
  const params = {
    path: { rollout_id: rollout.id },
    header: { 'If-Match': `"${rollout.version}"` },
  };
  switch (action) {
    case 'resume': {
      const body = maxFailureRate === undefined ? {} : { max_failure_rate: maxFailureRate };
      return answer(api.POST('/api/ota/admin/rollouts/{rollout_id}/resume', { params, body }));
    }
    case 'start':
      return answer(api.POST('/api/ota/admin/rollouts/{rollout_id}/start', { params }));
    case 'approve':
      return answer(api.POST('/api/ota/admin/rollouts/{rollout_id}/approve', { params }));
    case 'pause':
      return answer(api.POST('/api/ota/admin/rollouts/{rollout_id}/pause', { params }));
    case 'abort':
      return answer(api.POST('/api/ota/admin/rollouts/{rollout_id}/abort', { params }));
    case 'finish':
      return answer(api.POST('/api/ota/admin/rollouts/{rollout_id}/finish', { params }));
  }
}

/** What holding a rollout, or letting it go on, comes to, as the server will say it. */
export function stateAfter({ starts_at }: Rollout, action: RolloutChange['action']): RolloutState {
  if (action === 'pause') return 'paused';
  return starts_at !== null && Date.parse(starts_at) > Date.now() ? 'scheduled' : 'running';
}

function patchesOf(id: number, change: Partial<Rollout>): Patch[] {
  return [
    { key: ['rollouts', 'one', id], become: (held: RolloutDetail) => ({ ...held, ...change }) },
    {
      key: ['rollouts', 'list'],
      become: (held: Page<Rollout>) => ({
        ...held,
        rows: held.rows.map((row) => (row.id === id ? { ...row, ...change } : row)),
      }),
    },
  ];
}

interface Excuse {
  readonly rollout: Rollout;
  readonly deviceIds: readonly number[];
  readonly reason: string;
}

export const useExcuse = () =>
  useAction<Excuse, RolloutDetail>({
    run: ({ rollout, deviceIds, reason }) =>
      answer(
        api.POST('/api/ota/admin/rollouts/{rollout_id}/excuse', {
          params: { path: { rollout_id: rollout.id } },
          body: { device_ids: [...deviceIds], reason },
        }),
      ),
    changes: ['rollouts'],
    done: ({ id, counts }) =>
      `${counts.excused} of the devices of rollout ${id} are excused and do not count any more.`,
  });

interface NewRollout {
  readonly choice: RolloutRequest;
  readonly isStarted: boolean;
}

/** Makes a rollout, and starts it if that is meant. One that was made and could not be started stays a draft. */
export const useCreateRollout = () =>
  useAction<NewRollout, RolloutDetail>({
    run: async ({ choice, isStarted }) => {
      const rollout = await answer(api.POST('/api/ota/admin/rollouts', { body: choice }));
      return isStarted ? changeRollout({ rollout, action: 'start' }) : rollout;
    },
    changes: ['rollouts', 'devices', 'firmware'],
    done: ({ id, state }) => `Rollout ${id} ${DONE[state]}.`,
  });
