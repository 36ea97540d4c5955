/** What an event is about: the first part of its type. */
export const EVENT_KINDS = ['firmware', 'rollout', 'device', 'attempt', 'server', 'audit'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** The one table of events, by their types, with what each means: docs/events.md shows it. */
export const EVENT_TYPES = {
  'firmware.registered': 'A firmware was registered as a draft.',
  'firmware.released': 'A firmware became stable: devices are offered it.',
  'firmware.changed': 'Something else about a firmware changed.',
  'firmware.deactivated': 'A firmware is no longer offered or served.',
  'firmware.purged': 'A firmware that no device was offered was deleted.',
  'rollout.created': 'A rollout was made.',
  'rollout.approval_needed': 'A rollout waits until another person approves it.',
  'rollout.scheduled': 'A rollout will start at its time.',
  'rollout.started': 'A rollout runs: devices begin to be offered its firmware.',
  'rollout.paused': 'An operator paused a rollout.',
  'rollout.resumed': 'An operator resumed a rollout that was paused or halted.',
  'rollout.halted': 'A rollout stopped itself: more devices fail than is acceptable.',
  'rollout.changed': 'An operator excused devices of a rollout.',
  'rollout.finished': 'A rollout is finished: its firmware stays in force for its devices.',
  'rollout.aborted': 'An operator aborted a rollout.',
  'device.new': 'A device checked for the first time.',
  'device.version_changed': 'A device runs another firmware than before.',
  'device.asked_to_enroll': 'A device waits to be accepted.',
  'device.enrolled': 'A device enrolled and has a token.',
  'device.accepted': 'An operator accepted a device.',
  'device.rejected': 'An operator rejected a device.',
  'device.blocked': 'An operator blocked a device.',
  'device.unblocked': 'An operator unblocked a device.',
  'device.token_created': 'An admin created a token for a device.',
  'device.token_revoked': 'An admin revoked the tokens of a device.',
  'attempt.pending': 'A device was offered a firmware.',
  'attempt.downloading': 'A device began to download.',
  'attempt.installing': 'A device began to install.',
  'attempt.success': 'A device installed a firmware.',
  'attempt.failed': 'A device failed to install a firmware.',
  'server.started': 'A server process started.',
  'server.stopping': 'A server process is stopping.',
  'server.degraded': 'The database or the store of a server cannot be used.',
  'server.recovered': 'Everything of a server works again.',
  'audit.recorded': 'The audit log has a new row. For admins only.',
} as const satisfies Readonly<Record<string, string>>;

export type EventType = keyof typeof EVENT_TYPES;

/** Without a dot, or with the verb: `firmware`, or `firmware.released`. */
export type EventSelector = EventKind | EventType;

export const kindOf = (type: EventType): EventKind => type.slice(0, type.indexOf('.')) as EventKind;

export const isEventKind = (text: string): text is EventKind =>
  (EVENT_KINDS as readonly string[]).includes(text);

export const isEventSelector = (text: string): text is EventSelector =>
  isEventKind(text) || Object.hasOwn(EVENT_TYPES, text);

/** Whether somebody who chose these is told of an event. */
export const isSelected = (selectors: readonly string[], type: EventType): boolean =>
  selectors.includes(type) || selectors.includes(kindOf(type));

/** Devices cause them in masses: nobody is woken up for them, readers find them a moment later. */
const IN_MASSES: ReadonlySet<EventType> = new Set(
  (Object.keys(EVENT_TYPES) as EventType[]).filter(
    (type) => kindOf(type) === 'attempt' || type === 'device.new' || type === 'device.version_changed',
  ),
);

export const isInMasses = (type: EventType): boolean => IN_MASSES.has(type);
