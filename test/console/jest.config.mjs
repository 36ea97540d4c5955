import base from '../../jest.config.mjs';

/** Each spec has a server of its own, with its own database: nothing is set up for all of them. */
const { globalSetup: _setup, globalTeardown: _teardown, ...rest } = base;

/** @type {import('jest').Config} */
export default {
  ...rest,
  rootDir: '../..',
  roots: ['<rootDir>/test/console'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 180_000 * Number(process.env['TEST_PATIENCE'] ?? 1),
  maxWorkers: 1,
};
