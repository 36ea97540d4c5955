import { DEVICE_ID_FORMS, parseDeviceId } from '../../../domain/device-id.js';
import { isDeviceType, MAX_DEVICE_TYPE_LENGTH } from '../../../domain/device-type.js';
import { quoted } from '../../../domain/quoted.js';

/** A device of a list for which tokens are made. */
export interface ListedDevice {
  /** Of the text, from 1. */
  readonly line: number;
  readonly deviceId: number;
  readonly deviceType: string;
}

export interface FaultyLine {
  readonly line: number;
  /** What is wrong with it, as one sentence. */
  readonly fault: string;
}

/** All of the devices, or all that is wrong. */
export type DeviceList =
  | { readonly devices: readonly ListedDevice[]; readonly faults: readonly [] }
  | { readonly devices: readonly []; readonly faults: readonly FaultyLine[] };

/** Devices of one list. */
export const MAX_LISTED_DEVICES = 10_000;
/** Of very many, the first. */
export const MOST_FAULTS_LISTED = 100;
const LIST_HEADER = 'device_id,device_type';
const LONGEST_SHOWN = 60;

/**
 * Reads a table of devices as spreadsheets save it: the header `device_id,device_type`, then a device on each line. A
 * device id may be a MAC address; commas may be semicolons, and values may be quoted.
 */
export function parseDeviceList(csv: string): DeviceList {
  const lines = csv.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const devices: ListedDevice[] = [];
  const faults: FaultyLine[] = [];
  const firstLineOf = new Map<number, number>();
  if (cellsOf(lines[0] ?? '').join() !== LIST_HEADER) {
    faults.push({ line: 1, fault: `The first line must be the header ${LIST_HEADER}.` });
  }
  let count = 0;
  for (const [index, text] of lines.entries()) {
    if (index === 0 || text.trim() === '') continue;
    const line = index + 1;
    if (++count > MAX_LISTED_DEVICES) {
      return { devices: [], faults: [{ line, fault: `A list has at most ${MAX_LISTED_DEVICES} devices.` }] };
    }
    const device = readLine(text, line);
    if ('fault' in device) faults.push(device);
    else if (firstLineOf.has(device.deviceId)) {
      const first = firstLineOf.get(device.deviceId) ?? 0;
      faults.push({ line, fault: `The device ${device.deviceId} stands in line ${first} already.` });
    } else {
      firstLineOf.set(device.deviceId, line);
      devices.push(device);
    }
  }
  if (devices.length === 0 && faults.length === 0) faults.push({ line: 1, fault: 'The list is empty.' });
  return faults.length === 0 ? { devices, faults: [] } : { devices: [], faults };
}

/** The lines of devices that have tokens which they use. */
export const faultsOf = (devices: readonly ListedDevice[], inUse: ReadonlySet<number>): FaultyLine[] =>
  devices
    .filter(({ deviceId }) => inUse.has(deviceId))
    .map(({ line, deviceId }) => ({
      line,
      fault: `Device ${deviceId} uses its token, which a reset would revoke.`,
    }));

function readLine(text: string, line: number): ListedDevice | FaultyLine {
  const [id = '', deviceType, ...more] = cellsOf(text);
  if (deviceType === undefined || more.length > 0) {
    return { line, fault: `${shown(text)} must have two values: ${LIST_HEADER}.` };
  }
  const deviceId = parseDeviceId(id);
  if (deviceId === null) return { line, fault: `device_id ${shown(id)} must be ${DEVICE_ID_FORMS}.` };
  if (!isDeviceType(deviceType)) {
    const form = `1 to ${MAX_DEVICE_TYPE_LENGTH} letters, digits, ".", "_" and "-", beginning with a letter or digit`;
    return { line, fault: `device_type ${shown(deviceType)} must be ${form}.` };
  }
  return { line, deviceId, deviceType };
}

/** None of the values may hold a separator or a quote, so this need not know how they are escaped. */
const cellsOf = (text: string): string[] =>
  text.split(/[,;]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));

const shown = (text: string): string =>
  quoted(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);
