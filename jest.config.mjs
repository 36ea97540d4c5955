/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  globalSetup: './test/support/global-setup.mjs',
  globalTeardown: './test/support/global-teardown.mjs',
  // Real disks and a real database on a busy machine; no test waits for time to pass.
  testTimeout: 20_000,
  maxWorkers: '100%',
  testMatch: ['**/*.spec.ts'],
  // What starts processes or waits for deadlines has its own command: npm run test:system.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/system/'],
  // Printed by CI. Types alone leave nothing to run.
  coverageProvider: 'v8',
  collectCoverageFrom: [
    'src/**/*.ts',
    '!**/*.spec.ts',
    '!src/domain/instant.ts',
    '!src/domain/esp-image/esp-image.ts',
  ],
  coverageReporters: ['text-summary'],
  coverageThreshold: { './src/domain/': { lines: 100 } },
  extensionsToTreatAsEsm: ['.ts'],
  // Sources import each other as `./x.js`, which is what they are once built; here they are still `./x.ts`.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
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
