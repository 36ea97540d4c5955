import type { components } from '../../../web/src/api/schema.js';

/* What the server answers, by the document that the console is written against. */

type Schemas = components['schemas'];

export type Rollout = Schemas['RolloutDetailResponse'];
export type Preview = Schemas['RolloutPreviewResponse'];
export type EvidencePoint = Schemas['EvidencePointResponse'];
