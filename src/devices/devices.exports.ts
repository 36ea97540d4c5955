/** What other features may know of this one beside its service; DevicesModule provides the classes. */
export { DeviceLimits } from './limits/device-limits.js';
export { UpdateLoops, type LoopingDevice } from './update-loops.js';
