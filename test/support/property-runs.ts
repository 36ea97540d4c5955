import fc from 'fast-check';
import { samples } from './samples.js';

/** Of a property that does not say how many samples it takes: all that fast-check takes by itself, or a fifth. */
fc.configureGlobal({ numRuns: Math.min(100, samples(200)) });
