import { readFileSync, writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { readEnvironment } from './config/environment.js';
import { openApiDocument } from './http/openapi.js';

/** `npm run openapi:write | openapi:check`: keeps docs/openapi.json what the code says. Exit 1 when it is stale. */
const FILE = 'docs/openapi.json';

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

const COMMANDS: Readonly<Record<string, (document: string) => string>> = {
  write: (document) => {
    writeFileSync(FILE, document);
    return `Wrote ${FILE}.`;
  },
  check: (document) => {
    if (readFileSync(FILE, 'utf8') !== document) throw new Error(`${FILE} is stale: npm run openapi:write`);
    return `${FILE} is up to date.`;
  },
};

try {
  const command = COMMANDS[process.argv[2] ?? ''];
  if (!command) throw new Error(`Say one of: ${Object.keys(COMMANDS).join(', ')}.`);
  process.stdout.write(`${command(await generate())}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
