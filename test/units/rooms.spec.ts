/* All other specs that stand beside the code they are about, without a database or an app. One alone: `… jest.js src/<its path>`. */
import { importSpecs } from '../support/import-specs.js';

await importSpecs('test/http');
await importSpecs('src', (path) => !path.startsWith('domain/'));
