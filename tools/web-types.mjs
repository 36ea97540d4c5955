import { readFileSync, writeFileSync } from 'node:fs';
import openapiTypes, { astToString } from 'openapi-typescript';

/**
 * `npm run web:types:write | web:types:check`: generates the console's types of the API from docs/openapi.json, which is
 * generated from the code of the server.
 */
const FILE = 'web/src/api/schema.d.ts';
const source = new URL('../docs/openapi.json', import.meta.url);
const generated = `/** Generated from docs/openapi.json by \`npm run web:types:write\`. */\n\n${astToString(await openapiTypes(source))}`;

if (process.argv[2] === 'write') {
  writeFileSync(FILE, generated);
} else if (readFileSync(FILE, 'utf8') !== generated) {
  process.stderr.write(`${FILE} is out of date: run npm run web:types:write\n`);
  process.exitCode = 1;
}
