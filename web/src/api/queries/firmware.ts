import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, api, page, type Shape } from '../client';
import { useAction } from '../use-action';

export type Firmware = Shape<'FirmwareResponse'>;
export type FirmwareDetail = Shape<'FirmwareDetailResponse'>;
export type FirmwareChange = Partial<Shape<'FirmwareChangeRequest'>>;
export type Inspection = Shape<'InspectionResponse'>;

export interface FirmwareList {
  readonly device_type?: string;
  readonly skip?: number;
  readonly limit?: number;
}

export const firmwareListQuery = (list: FirmwareList) =>
  queryOptions({
    queryKey: ['firmware', 'list', list],
    queryFn: ({ signal }) => page(api.GET('/api/ota/admin/firmware', { params: { query: list }, signal })),
    placeholderData: keepPreviousData,
  });

export const firmwareQuery = (id: number) =>
  queryOptions({
    queryKey: ['firmware', 'one', id],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/ota/admin/firmware/{firmware_id}', { params: { path: { firmware_id: id } }, signal }),
      ),
  });

export const downloadsQuery = (id: number) =>
  queryOptions({
    queryKey: ['firmware', 'downloads', id],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/ota/admin/firmware/{firmware_id}/downloads', {
          params: { path: { firmware_id: id } },
          signal,
        }),
      ),
  });

export interface Candidate {
  readonly device_type: string;
  readonly version: string;
  readonly build_number: number;
}

/** How many devices would be offered it at once, if it were stable. */
export const audienceQuery = (candidate: Candidate) =>
  queryOptions({
    queryKey: ['devices', 'audience', candidate],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/ota/admin/devices/audience', { params: { query: candidate }, signal })),
  });

export interface DroppedImage {
  readonly file: File;
  /** What the operator says; what is empty is read from the image. */
  readonly device_type: string;
  readonly version: string;
  readonly build_number: string;
}

/** What is in a file, and what publishing it would be refused for. Nothing is stored. */
export const inspectionQuery = (image: DroppedImage) =>
  queryOptions({
    queryKey: ['server', 'inspection', keyOf(image)],
    queryFn: ({ signal }) =>
      answer(api.POST('/api/ota/admin/inspect', { body: formOf(image) as never, signal })),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 0,
  });

export interface Publication extends DroppedImage {
  readonly inspection: Inspection;
  readonly description: string;
  readonly isStable: boolean;
}

/** Uploads and registers; the same file that was withdrawn before is offered again. Undo withdraws it. */
export const usePublish = () =>
  useAction<Publication, Firmware>({
    run: publish,
    changes: ['firmware', 'devices'],
    done: ({ device_type, version }, { isStable }) =>
      isStable
        ? `${version} is stable: devices of ${device_type} are offered it at their next check.`
        : `${version} is published as a draft: no device is offered it yet.`,
    undo: ({ id }) => withdraw(id),
  });

async function publish({ inspection, description, isStable, ...image }: Publication): Promise<Firmware> {
  const again = withdrawnBefore(inspection);
  if (again !== null) return changeFirmware(again, { is_active: true, is_stable: isStable });
  const stored = await answer(api.POST('/api/ota/admin/upload', { body: formOf(image) as never }));
  return answer(
    api.POST('/api/ota/admin/firmware', {
      body: {
        device_type: stored.device_type,
        version: stored.version,
        build_number: Number(image.build_number),
        filename: stored.filename,
        file_size: stored.file_size,
        file_hash: stored.file_hash,
        binary_path: stored.binary_path,
        description: description === '' ? null : description,
        is_stable: isStable,
      } as Shape<'FirmwareCreateRequest'>,
    }),
  );
}

/** The id of the firmware that is this very file under this very version; null: there is none. */
export function withdrawnBefore({ problems, same_file }: Inspection): number | null {
  const isOnlyKnown = problems.length === 1 && problems[0]?.code === 'FIRMWARE_EXISTS';
  return isOnlyKnown ? same_file : null;
}

export interface FirmwareEdit {
  readonly firmware: Firmware;
  readonly change: FirmwareChange;
  /** What has changed, as a sentence. */
  readonly done: string;
}

/** Shown at once; Undo puts back what the fields were. */
export const useFirmwareChange = () =>
  useAction<FirmwareEdit, Firmware>({
    run: ({ firmware, change }) => changeFirmware(firmware.id, change),
    changes: ['firmware', 'devices', 'rollouts'],
    atOnce: ({ firmware, change }) => [
      { key: ['firmware', 'one', firmware.id], become: (held: Firmware) => ({ ...held, ...change }) },
    ],
    done: (_, { done }) => done,
    undo: (_, { firmware, change }) => changeFirmware(firmware.id, asItWas(firmware, change)),
  });

const asItWas = (firmware: Firmware, change: FirmwareChange): FirmwareChange =>
  Object.fromEntries(Object.keys(change).map((name) => [name, firmware[name as keyof Firmware]]));

const changeFirmware = (id: number, change: FirmwareChange): Promise<FirmwareDetail> =>
  answer(
    api.PATCH('/api/ota/admin/firmware/{firmware_id}', {
      params: { path: { firmware_id: id } },
      body: change as Shape<'FirmwareChangeRequest'>,
    }),
  );

const withdraw = (id: number) =>
  answer(api.DELETE('/api/ota/admin/firmware/{firmware_id}', { params: { path: { firmware_id: id } } }));

/** With its file. Only what was never offered to a device can be deleted. */
export const useFirmwareDeletion = (onDone: () => void) =>
  useAction<Firmware, unknown>({
    run: async ({ id }) => {
      await answer(
        api.DELETE('/api/ota/admin/firmware/{firmware_id}', {
          params: { path: { firmware_id: id }, query: { purge: true } },
        }),
      );
      onDone();
    },
    changes: ['firmware'],
    done: (_, { version }) => `${version} is deleted.`,
  });

export const useVerification = () =>
  useAction<Firmware, Shape<'FirmwareVerifiedResponse'>>({
    run: ({ id }) =>
      answer(
        api.POST('/api/ota/admin/firmware/{firmware_id}/verify', { params: { path: { firmware_id: id } } }),
      ),
    changes: ['firmware'],
    done: (_, { version }) => `The stored file of ${version} is undamaged.`,
  });

/** Two files of one name differ in their sizes or times. */
const keyOf = ({ file, ...said }: DroppedImage) => ({
  ...said,
  name: file.name,
  size: file.size,
  at: file.lastModified,
});

function formOf({ file, device_type, version, build_number }: DroppedImage): FormData {
  const form = new FormData();
  // The fields come first: the server judges the file while it receives it.
  if (device_type !== '') form.append('device_type', device_type);
  if (version !== '') form.append('version', version);
  if (build_number !== '') form.append('build_number', build_number);
  form.append('file', file, file.name);
  return form;
}
