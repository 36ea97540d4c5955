import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const filesOf = (folder: string, ending: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));

describe('the files that specs import', () => {
  it('are imported by one at least, so that no test is written and never run', () => {
    const specs = ['test/api', 'test/db', 'test/e2e', 'test/system'].flatMap((folder) =>
      filesOf(folder, '.spec.ts'),
    );
    const imported = specs.map((path) => readFileSync(path, 'utf8')).join('\n');
    const parts = [...filesOf('test/e2e', '.e2e.ts'), ...filesOf('test/db', '.db.ts')];
    expect(parts.length).toBeGreaterThan(50);
    expect(parts.filter((path) => !imported.includes(`/${basename(path, '.ts')}.js'`))).toEqual([]);
  });
});
