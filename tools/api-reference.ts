import { readFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';
import { keepGenerated } from './generated-file.js';
import { renderApiReference } from '../src/http/api-reference.js';

/** `npm run api-reference:write | api-reference:check`: generates docs/api-reference.md from docs/openapi.json. */
await keepGenerated('docs/api-reference.md', 'api-reference', () =>
  renderApiReference(JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as OpenAPIObject),
);
