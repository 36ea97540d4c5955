/** Who may know whom in the console: web/README.md in rules. @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'the-console-knows-nothing-of-the-server',
      comment: 'It knows the API, by the types that are generated from its description.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^(src|tools|migrations|test|bench)/' },
    },
    {
      name: 'ui-and-charts-know-no-api',
      comment: 'They show what they are given.',
      severity: 'error',
      from: { path: '^web/src/(ui|charts)/' },
      to: { path: '^web/src/(?!ui/|charts/)' },
    },
    {
      name: 'pages-know-no-other-page',
      severity: 'error',
      from: { path: '^web/src/pages/([^/]+)/' },
      to: { path: '^web/src/pages/', pathNot: '^web/src/pages/$1/' },
    },
    {
      name: 'requests-are-made-in-queries',
      comment: 'One file for each resource has its keys, its requests and what changes it.',
      severity: 'error',
      from: { path: '^web/src/(pages|shell|ui|charts)/' },
      to: { path: '^web/src/api/client\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the-login-is-small',
      comment: 'What is loaded before anybody has logged in knows nothing of the app.',
      severity: 'error',
      from: { path: '^web/src/session/' },
      to: { path: '^web/src/(api|live|shell|pages|charts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'module', 'browser', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.d.ts', '.js', '.json'],
    },
  },
};
