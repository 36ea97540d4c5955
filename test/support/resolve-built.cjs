const { existsSync } = require('node:fs');
const { join, relative, resolve } = require('node:path');

const ROOT = resolve(__dirname, '../..');
const DIST = join(ROOT, 'dist');
/** Set by jest.config.mjs where the sources are wanted: they need no build, and coverage counts their lines. */
const ARE_SOURCES_WANTED = process.env.TEST_SOURCES === '1';
const RELATIVE = /^\.{1,2}\/.*\.js$/;
const PASSWORD_COST = '../domain/password-cost.js';
const QUICK_PASSWORD_COST = join(__dirname, 'quick-password-cost.ts');

/**
 * Finds what specs import. Sources import each other as `./x.js`: that is `x.ts`, or its output in dist/, where there is
 * one. The output is what runs in production, and is read as it is, while Jest translates sources again in each worker.
 */
module.exports = (path, options) => {
  if (RELATIVE.test(path)) {
    if (path === PASSWORD_COST) return QUICK_PASSWORD_COST;
    const file = resolve(options.basedir, path);
    if (!file.includes('/node_modules/')) {
      const built = ARE_SOURCES_WANTED ? null : join(DIST, relative(ROOT, file));
      if (built !== null && !relative(ROOT, file).startsWith('dist/') && existsSync(built)) return built;
      const source = file.replace(/\.js$/, '.ts');
      if (existsSync(source)) return source;
    }
  }
  return options.defaultResolver(path, options);
};
