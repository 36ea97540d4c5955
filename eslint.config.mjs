import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** A file system that hangs would stop the whole process, not only who waits for it. */
const NO_SYNC = {
  selector: ':matches(CallExpression[callee.name=/Sync$/], CallExpression[callee.property.name=/Sync$/])',
  message: 'No synchronous I/O where requests are answered: use the promises of the module.',
};
/** Without a listener for its errors, a connection that breaks ends the process. */
const NO_BARE_CLIENT = {
  selector: "NewExpression[callee.object.name='pg'][callee.property.name=/^(Client|Pool)$/]",
  message: 'Make it with newPgClient, which listens for errors.',
};
/** What runs before the first request, or in a process that answers none. */
const BEFORE_REQUESTS = [
  // Reads the configuration at start; with workers again on SIGHUP, in the primary, which answers no request.
  'src/config/**',
  // Makes and starts the embedded cluster. Once it runs, only its supervisor comes here, when it has ended.
  'src/database/embedded/**',
  // Commands of their own.
  'tools/**',
  'src/cli/**',
];

export default defineConfig(
  {
    ignores: [
      'dist/',
      'data/',
      'coverage/',
      'node_modules/',
      'web/src/api/schema.d.ts',
      'web/public/',
      'deploy/.lint/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Nest's modules are classes with nothing in them but their decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Numbers in sentences are what this code writes all day.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `env['NAME']` is what noPropertyAccessFromIndexSignature asks for.
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Wire DTOs are shapes with decorators; nothing asks what made them.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A parameter that an interface or a convention asks for and this function does not use.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'migrations/**/*.ts'],
    ignores: [
      'src/config/dotenv.ts',
      'src/config/program-environment.ts',
      'src/config/quiet-sdk.ts',
      'src/cli/**',
      '**/*.spec.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Settings come from the configuration.' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['**/*.spec.ts', 'src/database/pg-client.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_SYNC, NO_BARE_CLIENT] },
  },
  {
    files: BEFORE_REQUESTS,
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_BARE_CLIENT] },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/explicit-function-return-type': 'off',
      // What comes off the wire is any JSON; a test that looks for what is not there fails.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['test/console/*.mjs'],
    rules: { 'no-unused-vars': ['error', { varsIgnorePattern: '^_' }] },
  },
  {
    files: ['web/src/**/*.{ts,tsx}'],
    rules: {
      // Of components the compiler knows it.
      '@typescript-eslint/explicit-function-return-type': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: { process: 'readonly', URL: 'readonly', module: 'writable', __dirname: 'readonly' },
    },
  },
  {
    // The router's types are made from the pages, so what its hooks give back is `any` to whoever begins with a page. The
    // compiler, which begins with the router, checks all of it.
    files: ['web/src/pages/**/*.tsx'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
    },
  },
  prettier,
);
