import { availableParallelism } from 'node:os';

/** By how much deadlines are longer: `TEST_PATIENCE=3 npm test` on a machine that does other things, too. */
const patience = Number(process.env['TEST_PATIENCE'] ?? 1);

const isPathGiven = process.argv.slice(2).some((argument) => /^(?:[^-].*\/)?(?:src|test)\//.test(argument));

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  globalSetup: './test/support/global-setup.mjs',
  globalTeardown: './test/support/global-teardown.mjs',
  // Real disks and a real database on a busy machine; no test waits for time to pass.
  testTimeout: 20_000 * patience,
  testSequencer: '<rootDir>/test/support/slowest-first.mjs',
  // One more than there are cores: tests also wait, for the database and for deadlines.
  maxWorkers: availableParallelism() + 1,
  // The specs in src/, test/http/ and test/support/ run within those of test/units/, unless paths are given.
  testMatch: [isPathGiven ? '**/*.spec.ts' : '<rootDir>/test/{db,e2e,units}/*.spec.ts'],
  // What starts processes or waits for deadlines has its own command: npm run test:system.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/system/', '<rootDir>/test/console/'],
  // Printed by CI. Types alone leave nothing to run.
  coverageProvider: 'v8',
  collectCoverageFrom: [
    'src/**/*.ts',
    '!**/*.spec.ts',
    '!src/domain/{instant,principal,errors/error-entry,esp-image/esp-image}.ts',
  ],
  coverageReporters: ['text-summary'],
  coverageThreshold: { './src/domain/': { lines: 100 } },
  extensionsToTreatAsEsm: ['.ts'],
  // Sources import each other as `./x.js`, which is what they are once built; here they are still `./x.ts`.
  moduleNameMapper: {
    '^\\.\\./domain/password-cost\\.js$': '<rootDir>/test/support/quick-password-cost.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
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
