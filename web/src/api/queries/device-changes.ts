import { deviceIdText } from '../../ui/device-id';
import { answer, api, type Page, type Shape } from '../client';
import { useAction, type Patch } from '../use-action';
import type { Device } from './devices';

/** What operators say of a device: what is there is set. */
export interface Description {
  readonly name?: string | null;
  readonly channel?: string | null;
  readonly tags?: string[];
  readonly notes?: string | null;
}

interface DescribeInput {
  readonly device: Device;
  readonly change: Description;
}

export const nameOf = ({ name, device_id }: Pick<Device, 'name' | 'device_id'>): string =>
  name ?? deviceIdText(device_id);

const at = (id: number) => ({ params: { path: { device_id: id } } });

/** Changes what operators say of a device; Undo sets what it was. */
export const useDescribeDevice = () =>
  useAction<DescribeInput, Device>({
    run: ({ device, change }) => describe(device.device_id, change),
    changes: ['devices', 'groups'],
    atOnce: ({ device, change }) => patchesOf(device.device_id, (row) => changed(row, change)),
    done: (_after, { device, change }) => `${wordsOf(change)} of ${nameOf(device)}.`,
    undo: (_after, { device, change }) => describe(device.device_id, asItWas(device, change)),
  });

const describe = (id: number, body: Description): Promise<Device> =>
  answer(api.PATCH('/api/ota/admin/devices/{device_id}', { ...at(id), body }));

function changed(row: Device, { channel, ...rest }: Description): Device {
  return { ...row, ...rest, ...(channel !== undefined && { channel: channel ?? 'stable' }) };
}

function asItWas({ name, channel, tags, notes }: Device, change: Description): Description {
  return {
    ...(change.name !== undefined && { name }),
    ...(change.channel !== undefined && { channel }),
    ...(change.tags !== undefined && { tags }),
    ...(change.notes !== undefined && { notes }),
  };
}

function wordsOf(change: Description): string {
  if (change.tags) return 'Changed the tags';
  if (change.channel !== undefined) return 'Changed the channel';
  return change.notes === undefined ? 'Changed the name' : 'Changed the notes';
}

/** The device wherever it is shown. */
const patchesOf = (id: number, become: (row: Device) => Device): readonly Patch[] => [
  { key: ['devices', 'one', id], become },
  {
    key: ['devices', 'list'],
    become: (held: Page<Device>) => ({
      ...held,
      rows: held.rows.map((row) => (row.device_id === id ? become(row) : row)),
    }),
  },
];

export type Decision = 'block' | 'unblock' | 'accept' | 'reject';
type Access = Shape<'DeviceAccessResponse'>;

const RESULTS: Readonly<Record<Decision, string>> = {
  block: 'is blocked',
  unblock: 'is not blocked any more',
  accept: 'is accepted',
  reject: 'is rejected',
};
const OPPOSITES: Readonly<Record<Decision, Decision>> = {
  block: 'unblock',
  unblock: 'block',
  accept: 'reject',
  reject: 'accept',
};

interface DecideInput {
  readonly device: Device;
  readonly decision: Decision;
}

/** Says whether a device is served; Undo says the opposite. */
export const useDecide = () =>
  useAction<DecideInput, Access>({
    run: ({ device, decision }) => decide(device.device_id, decision),
    changes: ['devices'],
    atOnce: ({ device, decision }) =>
      decision === 'block' ? patchesOf(device.device_id, (row) => ({ ...row, status: 'blocked' })) : [],
    done: (_access, { device, decision }) => `${nameOf(device)} ${RESULTS[decision]}.`,
    undo: (_access, { device, decision }) => decide(device.device_id, OPPOSITES[decision]),
  });

function decide(id: number, decision: Decision): Promise<Access> {
  switch (decision) {
    case 'block':
      return answer(api.POST('/api/ota/admin/devices/{device_id}/block', at(id)));
    case 'unblock':
      return answer(api.POST('/api/ota/admin/devices/{device_id}/unblock', at(id)));
    case 'accept':
      return answer(api.POST('/api/ota/admin/devices/{device_id}/accept', at(id)));
    case 'reject':
      return answer(api.POST('/api/ota/admin/devices/{device_id}/reject', at(id)));
  }
}

/** Revokes all tokens of a device. */
export const useRevokeTokens = () =>
  useAction<Device, Access>({
    run: ({ device_id }) => answer(api.DELETE('/api/ota/admin/devices/{device_id}/token', at(device_id))),
    changes: ['devices'],
    done: (_access, device) => `The tokens of ${nameOf(device)} are revoked. It can enrol again.`,
  });

/** Deletes a device with its attempts. */
export const useForgetDevice = () =>
  useAction<Device, unknown>({
    run: ({ device_id }) => answer(api.DELETE('/api/ota/admin/devices/{device_id}', at(device_id))),
    changes: ['devices', 'groups', 'attempts'],
    done: (_answer, device) => `${nameOf(device)} is forgotten.`,
  });
