import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildConsoleIfChanged } from '../../tools/build-console.mjs';
import { buildIfChanged } from '../../tools/build-server.mjs';

/** With a compiler that copies, and keeps a record of what it has written as that of TypeScript does. */
describe('the build', () => {
  let root: string;
  let succeeds: boolean;
  const path = (name: string) => join(root, name);
  const write = (name: string, content: string) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), content);
  };
  const remove = (name: string) => {
    rmSync(path(name));
  };
  const compile = () => {
    const sources = readdirSync(path('src'))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => `src/${name}`);
    const hasRecord = existsSync(path('dist/.tsbuildinfo'));
    const record = hasRecord
      ? (JSON.parse(readFileSync(path('dist/.tsbuildinfo'), 'utf8')) as Record<string, string>)
      : {};
    for (const source of sources) {
      const content = readFileSync(path(source), 'utf8');
      if (record[source] !== content) write(`dist/${source.replace(/\.ts$/, '.js')}`, content);
      record[source] = content;
    }
    write('dist/.tsbuildinfo', JSON.stringify(record));
    return Promise.resolve(succeeds);
  };
  const build = () => buildIfChanged(root, compile);
  const outputs = () => readdirSync(path('dist/src')).sort();

  beforeEach(async () => {
    succeeds = true;
    root = mkdtempSync(join(tmpdir(), 'ota-test-build-'));
    for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'])
      write(name, '{}');
    for (const name of ['a', 'b', 'a.spec']) write(`src/${name}.ts`, name);
    expect(await build()).toBe('built');
    expect(outputs()).toEqual(['a.js', 'b.js']);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('makes what package.json names as commands executable', async () => {
    write('package.json', JSON.stringify({ bin: { a: 'dist/src/a.js', gone: 'dist/src/gone.js' } }));
    expect(await build()).toBe('built');
    const modes = ['a', 'b'].map((name) => statSync(path(`dist/src/${name}.js`)).mode & 0o111);
    expect(modes).toEqual([0o111, 0]);
  });

  it('is left out when nothing has changed', async () => {
    expect(await build()).toBe('unchanged');
  });

  it('is left out when files have new times only, or a spec has changed', async () => {
    write('src/a.ts', 'a');
    write('src/a.spec.ts', 'another');
    expect(await build()).toBe('unchanged');
  });

  it.each<[string, () => void, readonly string[]]>([
    ['a source has changed', () => write('src/a.ts', 'changed'), ['a.js', 'b.js']],
    ['a source is new', () => write('src/c.ts', 'c'), ['a.js', 'b.js', 'c.js']],
    ['a source is gone', () => remove('src/b.ts'), ['a.js']],
    [
      'a source has another name',
      () => {
        remove('src/b.ts');
        write('src/d.ts', 'b');
      },
      ['a.js', 'd.js'],
    ],
    ['a migration is new', () => write('migrations/0001.ts', ''), ['a.js', 'b.js']],
    ['the dependencies have changed', () => write('package-lock.json', '{"x":1}'), ['a.js', 'b.js']],
    ['the options of the compiler have changed', () => write('tsconfig.json', '{"x":1}'), ['a.js', 'b.js']],
    ['a file that it made is gone', () => remove('dist/src/a.js'), ['a.js', 'b.js']],
    ['its record is gone', () => remove('dist/.stamp.json'), ['a.js', 'b.js']],
    ['its record is broken', () => write('dist/.stamp.json', '{'), ['a.js', 'b.js']],
  ])('is made once when %s', async (_what, change, expected) => {
    change();
    expect(await build()).toBe('built');
    expect(outputs()).toEqual(expected);
    expect(await build()).toBe('unchanged');
  });

  it('is made again until it succeeds', async () => {
    succeeds = false;
    write('src/a.ts', 'changed');
    expect(await build()).toBe('failed');
    expect(await build()).toBe('failed');
    succeeds = true;
    expect(await build()).toBe('built');
    expect(await build()).toBe('unchanged');
  });
});

/** With a bundler that copies. */
describe('the build of the console', () => {
  let root: string;
  let bundles = 0;
  const write = (name: string, content: string) => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  };
  const bundle = () => {
    bundles += 1;
    write('dist/web/index.html', readFileSync(join(root, 'web/index.html'), 'utf8'));
    return Promise.resolve(true);
  };
  const build = () => buildConsoleIfChanged(root, bundle);

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'ota-test-build-'));
    write('package-lock.json', '{}');
    write('web/index.html', 'first');
    expect(await build()).toBe('built');
    bundles = 0;
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it.each<[string, () => void, number]>([
    ['nothing has changed', () => undefined, 0],
    ['what is beside it has changed', () => write('web/README.md', 'changed'), 0],
    ['a source has changed', () => write('web/index.html', 'second'), 1],
    ['a source is new', () => write('web/src/main.tsx', 'new'), 1],
    ['the dependencies have changed', () => write('package-lock.json', '{"x":1}'), 1],
    ['an output is gone', () => rmSync(join(root, 'dist/web/index.html')), 1],
  ])('when %s', async (_what, change, expected) => {
    change();
    expect(await build()).toBe(expected === 0 ? 'unchanged' : 'built');
    expect(bundles).toBe(expected);
  });

  it('is tried again after it failed', async () => {
    write('web/index.html', 'second');
    expect(await buildConsoleIfChanged(root, () => Promise.resolve(false))).toBe('failed');
    expect(await build()).toBe('built');
  });

  it('is left out where there is no console', async () => {
    rmSync(join(root, 'web'), { recursive: true });
    expect(await build()).toBe('unchanged');
  });
});
