/* The pure rules, and what makes images to test them with. One alone: `… jest.js src/domain/<its file>`. */
import { importSpecs } from '../support/import-specs.js';

await importSpecs('src/domain');
await importSpecs('test/support');
