/** What other features may know of this one beside its service; DevicesModule provides the classes. */
export { DeviceGate } from './device-gate.js';
export { DeviceTraces } from './device-traces.js';
export { SightingObservers } from './sighting-observers.js';
export { FactsInMemory } from './facts/facts-in-memory.js';
export { FactsStore } from './facts/facts-store.js';
export { FilterReader, groupNamesIn } from './filter/filter-reader.js';
export { GroupUses } from './filter/group-uses.js';
export { TargetDevices, type DeviceTraits } from './fleet/target-devices.js';
export { UpdateLoops, type LoopingDevice } from './update-loops.js';
export { WaitingDevices, type Included } from './fleet/waiting-devices.js';
