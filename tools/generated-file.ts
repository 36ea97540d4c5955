import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Runs `write` or `check` from the command line for a generated file. Exits with 1 if the file is out of date.
 * @param script the npm scripts are `<script>:write` and `<script>:check`
 */
export async function keepGenerated(
  file: string,
  script: string,
  generate: () => string | Promise<string>,
): Promise<void> {
  const commands: Readonly<Record<string, (content: string) => string>> = {
    write: (content) => {
      writeFileSync(file, content);
      return `Wrote ${file}.`;
    },
    check: (content) => {
      if (readFileSync(file, 'utf8') !== content)
        throw new Error(`${file} is out of date: run npm run ${script}:write`);
      return `${file} is up to date.`;
    },
  };
  try {
    const command = commands[process.argv[2] ?? ''];
    if (!command) throw new Error(`Usage: npm run ${script}:<${Object.keys(commands).join('|')}>`);
    process.stdout.write(`${command(await generate())}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
