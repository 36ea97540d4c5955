import { NestFactory } from '@nestjs/core';
import { AppModule } from '../src/app.module.js';
import { readEnvironment } from '../src/config/environment.js';
import { keepGenerated } from './generated-file.js';
import { openApiDocument } from '../src/http/openapi.js';

async function generate(): Promise<string> {
  const defaults = readEnvironment({}, []);
  const config = { ...defaults, jwt: { ...defaults.jwt, secret: '' } };
  // Preview mode instantiates nothing, so it needs no database.
  const app = await NestFactory.create(AppModule.with(config, 'postgres://preview'), {
    preview: true,
    logger: false,
  });
  return `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
}

/** `npm run openapi:write | openapi:check`: generates docs/openapi.json from the code. */
await keepGenerated('docs/openapi.json', 'openapi', generate);
