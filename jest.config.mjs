import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isUpToDate } from './tools/build-server.mjs';

/** By how much deadlines are longer: `TEST_PATIENCE=3 npm test` on a machine that does other things, too. */
const patience = Number(process.env['TEST_PATIENCE'] ?? 1);

const isGiven = (pattern) => process.argv.slice(2).some((argument) => pattern.test(argument));
const isPathGiven = isGiven(/^(?:[^-].*\/)?(?:src|test)\//);
/** Of one of the files that others import, such as `test/e2e/walk`; a folder alone means those that import them. */
const isPartGiven = isGiven(/^(?:[^-].*\/)?test\/(?:db|e2e)\/\w/);

/**
 * Specs import what the compiler has made of the sources, as production does, and nothing is translated again. Coverage
 * counts the lines of the sources; and where there is no build of today's, they are translated as they are.
 */
const areSourcesMeant =
  isGiven(/^--(?:coverage|collectCoverage)/) || !isUpToDate(fileURLToPath(new URL('.', import.meta.url)));
process.env['TEST_SOURCES'] ??= areSourcesMeant ? '1' : '0';

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  globalSetup: './test/support/global-setup.mjs',
  globalTeardown: './test/support/global-teardown.mjs',
  // Real disks and a real database on a busy machine; no test waits for time to pass.
  testTimeout: 20_000 * patience,
  setupFiles: ['<rootDir>/test/support/property-runs.ts'],
  testSequencer: '<rootDir>/test/support/slowest-first.mjs',
  // One more than there are cores: tests also wait, for the database and for deadlines.
  maxWorkers: availableParallelism() + 1,
  // The specs in src/, test/http/ and test/support/ run within those of test/units/, unless paths are given.
  testMatch: [
    isPartGiven
      ? '**/*.{spec,db,e2e}.ts'
      : isPathGiven
        ? '**/*.spec.ts'
        : '<rootDir>/test/{db,e2e,units}/*.spec.ts',
  ],
  // What starts processes or waits for deadlines has its own command, npm run test:system, and so have whole tables
  // through HTTP, npm run test:api, the store in a bucket, npm run
  // test:s3, and the console in a browser, npm run test:console.
  testPathIgnorePatterns: [
    '/node_modules/',
    ...['api', 'console', 's3', 'system'].map((folder) => `<rootDir>/test/${folder}/`),
  ],
  // Printed by CI. Types alone leave nothing to run.
  coverageProvider: 'v8',
  collectCoverageFrom: [
    'src/**/*.ts',
    '!**/*.spec.ts',
    '!src/domain/{alike-devices,instant,principal,upkeep-reports,errors/error-entry,esp-image/esp-image}.ts',
  ],
  coverageReporters: ['text-summary'],
  coverageThreshold: { './src/domain/': { lines: 100 } },
  extensionsToTreatAsEsm: ['.ts'],
  resolver: '<rootDir>/test/support/resolve-built.cjs',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
};
