import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
