import { NestFactory } from '@nestjs/core';
import { AppModule } from '../src/app.module.js';
import { readEnvironment } from '../src/config/environment.js';
import { keepGenerated } from './generated-file.js';
import { openApiDocument } from '../src/http/openapi.js';

async function generate(): Promise<string> {
  const defaults = readEnvironment({}, []);
  const config = { ...defaults, jwt: { ...defaults.jwt, secret: '' } };
  // In preview nothing is instantiated, so no database is needed.
  const app = await NestFactory.create(AppModule.with(config, 'postgres://preview'), {
    preview: true,
    logger: false,
  });
  return `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
}

/** `npm run openapi:write | openapi:check`: keeps docs/openapi.json what the code says. */
await keepGenerated('docs/openapi.json', 'openapi', generate);
