const FEATURES = 'firmware|ota-check|download|logs|devices|auth';

/** Who may know whom: docs/architecture.md in rules. @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'domain-knows-nobody',
      comment: 'Rules are pure: no framework, no database, no files.',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^src/domain/', 'node_modules/(@types/)?semver/', '^(node:)?(crypto|zlib)$'] },
    },
    {
      name: 'config-knows-only-domain',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/(?!config/|domain/)' },
    },
    {
      name: 'database-knows-no-feature-but-entities',
      severity: 'error',
      from: { path: '^src/database/' },
      to: { path: `^src/(http|${FEATURES})/`, pathNot: '\\.entity\\.ts$' },
    },
    {
      name: 'http-knows-no-feature',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: `^src/(${FEATURES})/` },
    },
    {
      name: 'undocumented-parts-of-nest-in-one-file',
      comment:
        'What @nestjs/common does not document is read by http/internals/ alone, which a spec holds to it.',
      severity: 'error',
      from: { path: '^(src|tools|bench|test)/', pathNot: '^src/http/internals/' },
      to: { path: 'node_modules/@nestjs/common/(constants|enums|utils)' },
    },
    {
      name: 'surface-knows-nobody',
      comment: 'The list of URL spaces is data.',
      severity: 'error',
      from: { path: '^src/http/surface\\.ts$' },
      to: { path: '.' },
    },
    {
      name: 'feature-knows-another-only-by-its-exports',
      comment: 'A service or what <feature>.exports.ts names; never a repository, an entity or a dto.',
      severity: 'error',
      from: { path: `^src/(${FEATURES})/` },
      to: {
        path: `^src/(${FEATURES})/`,
        pathNot: ['^src/$1/', '\\.(module|exports)\\.ts$', '^src/devices/devices\\.service\\.ts$'],
      },
    },
    {
      name: 'feature-to-feature-as-planned',
      comment:
        'ota-check, download, logs and devices know firmware; ota-check and logs know devices; download knows auth; nobody else knows another.',
      severity: 'error',
      from: { path: `^src/(firmware|auth)/` },
      to: { path: `^src/(${FEATURES})/`, pathNot: '^src/$1/' },
    },
    {
      name: 'devices-knows-only-firmware',
      severity: 'error',
      from: { path: '^src/devices/' },
      to: { path: '^src/(ota-check|download|logs|auth)/' },
    },
    {
      name: 'logs-knows-only-firmware-and-devices',
      severity: 'error',
      from: { path: '^src/logs/' },
      to: { path: '^src/(ota-check|download|auth)/' },
    },
    {
      name: 'download-knows-only-firmware-and-auth',
      severity: 'error',
      from: { path: '^src/download/' },
      to: { path: '^src/(devices|ota-check|logs)/' },
    },
    {
      name: 'nobody-knows-server',
      comment: 'What starts, listens, drains and forks stands above the rest; bench and tests start it, too.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(server/|main\\.ts$)' },
      to: { path: '^src/server/' },
    },
    {
      name: 'nobody-knows-tools',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^tools/' },
    },
    {
      name: 'controller-knows-no-typeorm',
      severity: 'error',
      from: { path: '\\.controller\\.ts$' },
      to: { path: ['node_modules/(typeorm|@nestjs/typeorm|pg)/', '\\.repository\\.ts$'] },
    },
    {
      name: 'repository-knows-no-http',
      severity: 'error',
      from: { path: '\\.repository\\.ts$' },
      to: {
        path: ['^src/http/', '/dto/', 'node_modules/(express|@nestjs/platform-express)/', '^(node:)?https?$'],
      },
    },
    {
      name: 'service-knows-no-http',
      severity: 'error',
      from: { path: '\\.service\\.ts$' },
      to: { path: ['/dto/', 'node_modules/(express|@nestjs/platform-express|@nestjs/swagger)/'] },
    },
    {
      name: 'dto-stays-in-its-feature',
      severity: 'error',
      from: { path: '^src/', pathNot: [`^src/(${FEATURES})/`] },
      to: { path: '/dto/' },
    },
    {
      name: 'cli-knows-only-domain',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/(?!cli/|domain/)' },
    },
    {
      name: 'nobody-knows-benchmarks',
      severity: 'error',
      from: { pathNot: '^bench/' },
      to: { path: '^bench/' },
    },
    {
      name: 'nothing-but-tests-and-benchmarks-knows-tests',
      severity: 'error',
      from: { pathNot: ['^test/', '^bench/', '^esp32-client/host_test/', '\\.spec\\.ts$'] },
      to: { path: ['^test/', '\\.spec\\.ts$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
