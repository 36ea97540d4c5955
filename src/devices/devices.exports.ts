/** What other features may know of this one beside its service; DevicesModule provides the class. */
export { UpdateLoops, type LoopingDevice } from './update-loops.js';
