/** Which features a feature knows, by their exports. None knows firmware. */
const KNOWS = {
  secrets: [],
  audit: ['secrets'],
  auth: ['audit', 'secrets'],
  events: ['audit', 'auth'],
  releases: [],
  firmware: ['releases', 'audit', 'events'],
  devices: ['releases', 'audit', 'secrets', 'events'],
  logs: ['releases', 'devices', 'events'],
  download: ['releases', 'devices', 'auth'],
  rollouts: ['releases', 'devices', 'logs', 'audit', 'events'],
  'ota-check': ['releases', 'devices', 'logs', 'rollouts'],
};
const FEATURES = Object.keys(KNOWS).join('|');

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
      name: 'database-knows-no-feature',
      comment: 'It finds entities and migrations by the names of their files.',
      severity: 'error',
      from: { path: '^src/database/' },
      to: { path: `^src/(http|${FEATURES})/` },
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
    ...Object.entries(KNOWS).map(([feature, known]) => ({
      name: `${feature}-knows-${known.join('-and-') || 'no-other-feature'}`,
      severity: 'error',
      from: { path: `^src/${feature}/` },
      to: { path: `^src/(${FEATURES})/`, pathNot: `^src/(${[feature, ...known].join('|')})/` },
    })),
    {
      name: 'storage-knows-no-feature-and-no-database',
      comment:
        'It keeps files and knows nothing of releases. Its timers are periodic tasks, and health is told what to look at.',
      severity: 'error',
      from: { path: '^src/storage/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^src/(?!storage/|domain/|config/|database/periodic-tasks?\\.ts$|http/health/health-monitor\\.ts$)',
      },
    },
    {
      name: 'storage-is-known-by-what-keeps-and-serves-files',
      comment: 'The server asks the store of the configuration whether it is set up.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/(storage|firmware|releases|download|upkeep)/|^src/server/read-config\\.ts$',
      },
      to: { path: '^src/storage/' },
    },
    {
      name: 'only-the-store-on-disk-knows-files',
      comment: 'Everything else goes through the port, which another kind of store fits behind.',
      severity: 'error',
      from: { path: '^src/storage/', pathNot: ['^src/storage/(disk|store-of\\.ts$)', '\\.spec\\.ts$'] },
      to: { path: ['^src/storage/disk/', '^(node:)?(fs|path)(/|$)'] },
    },
    {
      name: 'nobody-knows-the-store-on-disk',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/storage/(disk|store-of\\.ts$)'] },
      to: { path: '^src/storage/disk' },
    },
    {
      name: 'nobody-knows-the-store-in-a-bucket',
      comment: 'Its SDK takes 20 MB and is loaded with the first request to a bucket.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/storage/(s3-store/|store-of\\.ts$)' },
      to: { path: ['^src/storage/s3-store/', 'node_modules/@aws-sdk/'] },
    },
    {
      name: 'nobody-knows-server',
      comment: 'What starts, listens, drains and forks stands above the rest; bench and tests start it, too.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(server/|main\\.ts$)' },
      to: { path: '^src/server/' },
    },
    {
      name: 'nobody-knows-upkeep',
      comment: 'Backup, restore and fsck stand above the rest; the tools run them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/upkeep/' },
      to: { path: '^src/upkeep/' },
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
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/[^/]+/dto/', pathNot: '^src/$1/' },
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
