import { term } from '../../filter';
import { counted } from '../../ui/numbers';
import { answer, api, type Page } from '../client';
import { useAction, type Patch } from '../use-action';
import { MOST_READ, readDevices, type Device } from './devices';

/** Devices to change: those that a filter finds, or these. */
export type Chosen = { readonly q: string; readonly expect: number } | { readonly ids: readonly number[] };

/** What operators call devices: the one that is there is changed. */
export interface LabelChange {
  readonly add_tags?: string[];
  readonly remove_tags?: string[];
  readonly channel?: string;
}

type Change = LabelChange & { readonly block?: boolean; readonly delete?: true };

/** A filter has at most 2,000 characters and 100 terms. */
const IDS_IN_FILTER = 80;
/** A table for an import has at most a million characters. */
const LINES_IN_TABLE = 5_000;

/** @returns whether a change of so many can be undone: what they were is read before */
export const canUndo = (devices: number): boolean => devices <= MOST_READ;

/** @returns filters that find exactly these devices */
export function partsOf(chosen: Chosen): readonly { readonly q: string; readonly expect: number }[] {
  if ('q' in chosen) return [chosen];
  const parts: { q: string; expect: number }[] = [];
  for (let at = 0; at < chosen.ids.length; at += IDS_IN_FILTER) {
    const some = chosen.ids.slice(at, at + IDS_IN_FILTER);
    parts.push({ q: some.map((id) => term('id', String(id))).join(' OR '), expect: some.length });
  }
  return parts;
}

interface Labelled {
  readonly changed: number;
  /** As they were; null: there were too many. */
  readonly before: readonly Device[] | null;
}

interface LabelInput {
  readonly of: Chosen;
  readonly change: LabelChange;
}

/** Tags devices or moves them to a channel. Undo gives each what it had, not only takes away what was added. */
export function useLabelDevices(isUndoable: boolean) {
  return useAction<LabelInput, Labelled>({
    run: async ({ of, change }) => {
      const before = isUndoable ? await rowsOf(of) : null;
      return { changed: await changeAll(of, change), before };
    },
    changes: ['devices', 'groups'],
    atOnce: ({ of, change }) => [
      patchOf('ids' in of ? new Set(of.ids) : null, (row) => withLabels(row, change)),
    ],
    done: ({ changed }, { change }) => `${counted(changed, 'device')} ${whatWith(change, changed)}.`,
    ...(isUndoable && {
      undo: ({ before }: Labelled, { change }: LabelInput) => putBack(before ?? [], change),
    }),
  });
}

/** Blocks devices, or serves them again. */
export const useBlockDevices = () =>
  useAction<{ readonly of: Chosen; readonly block: boolean }, number>({
    run: ({ of, block }) => changeAll(of, { block }),
    changes: ['devices', 'attempts'],
    done: (changed, { block }) =>
      `${counted(changed, 'device')} ${changed === 1 ? 'is' : 'are'} ${block ? 'blocked' : 'not blocked'}.`,
  });

/** Deletes devices with their attempts. */
export const useForgetDevices = () =>
  useAction<{ readonly of: Chosen }, number>({
    run: ({ of }) => changeAll(of, { delete: true }),
    changes: ['devices', 'groups', 'attempts'],
    done: (changed) => `${counted(changed, 'device')} ${changed === 1 ? 'is' : 'are'} forgotten.`,
  });

async function changeAll(of: Chosen, change: Change): Promise<number> {
  let all = 0;
  for (const part of partsOf(of)) {
    const body = { delete: false, ...change, ...part };
    const { changed } = await answer(api.POST('/api/ota/admin/devices/bulk', { body }));
    all += changed;
  }
  return all;
}

async function rowsOf(of: Chosen): Promise<readonly Device[] | null> {
  const lists = [];
  for (const { q } of partsOf(of)) lists.push(await readDevices(q));
  return lists.includes(null) ? null : lists.flatMap((rows) => rows ?? []);
}

/** Sets what was changed to what it was, by tables: each is one transaction. */
async function putBack(before: readonly Device[], { channel }: LabelChange): Promise<void> {
  const [header, cell] =
    channel === undefined
      ? ['tags', ({ tags }: Device) => tags.join(' ')]
      : ['channel', (device: Device) => device.channel];
  for (let at = 0; at < before.length; at += LINES_IN_TABLE) {
    const lines = before
      .slice(at, at + LINES_IN_TABLE)
      .map((device) => `${device.device_id},${cell(device)}`);
    const body = { csv: ['id', header].join() + `\n${lines.join('\n')}\n` };
    await answer(api.POST('/api/ota/admin/devices/import', { body }));
  }
}

/** @param ids null: all that are listed now */
const patchOf = (ids: ReadonlySet<number> | null, become: (row: Device) => Device): Patch => ({
  key: ['devices', 'list'],
  become: (held: Page<Device>) => ({
    ...held,
    rows: held.rows.map((row) => (ids === null || ids.has(row.device_id) ? become(row) : row)),
  }),
});

function withLabels(row: Device, { add_tags = [], remove_tags = [], channel }: LabelChange): Device {
  const tags = [...new Set([...row.tags, ...add_tags])].filter((tag) => !remove_tags.includes(tag));
  return { ...row, tags: tags.sort(), channel: channel ?? row.channel };
}

function whatWith({ add_tags, remove_tags, channel }: LabelChange, devices: number): string {
  const have = devices === 1 ? 'has' : 'have';
  const tags = (of: readonly string[]): string => `${of.length === 1 ? 'tag' : 'tags'} ${of.join(', ')}`;
  if (add_tags) return `now ${have} the ${tags(add_tags)}`;
  if (remove_tags) return `${have} the ${tags(remove_tags)} no more`;
  return `${devices === 1 ? 'is' : 'are'} in the channel ${channel ?? 'stable'} now`;
}
