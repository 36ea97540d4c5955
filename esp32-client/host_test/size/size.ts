import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { deepestStack, readCallGraph } from './call-graph.js';

/**
 * Measures the size of the component on an RV32IMC chip (ESP32-C3 and similar chips), compiled by Debian's GCC. Core and port are linked
 * together, so that calls have the same length as in a firmware. Functions of ESP-IDF and of the C library are not counted.
 * Exits with 1 if a limit is exceeded or a package is missing.
 */
const COMPONENT = 'esp32-client';
const PREFIX = 'riscv64-unknown-elf-';
const PACKAGES = ['gcc-riscv64-unknown-elf', 'picolibc-riscv64-unknown-elf', 'libmbedtls-dev'];
const TARGET = ['-march=rv32imc', '-mabi=ilp32'];
const INCLUDES = [
  ...['-I', `${COMPONENT}/src`, '-I', `${COMPONENT}/include`, '-I', `${COMPONENT}/port/esp`],
  ...['-I', `${COMPONENT}/host_test/size/include`, '-isystem', `${COMPONENT}/host_test/idf_shim/include`],
  ...['-idirafter', '/usr/include'],
];
interface Variant {
  readonly name: string;
  readonly flags: readonly string[];
  readonly limits: typeof LIMITS;
}

const LIMITS = { code: 16.5 * 1024, ram: 256, context: 6 * 1024, stack: 1536 };
const WITH_ALL = { ...LIMITS, code: 20 * 1024 };
const VARIANTS: readonly Variant[] = [
  {
    name: 'default (without CONFIG_OTA_CLIENT_IDENTITY)',
    flags: ['-DCONFIG_OTA_CLIENT_IDENTITY=0'],
    limits: WITH_ALL,
  },
  {
    name: 'also without CONFIG_OTA_CLIENT_SEND_ATTRIBUTES',
    flags: ['-DCONFIG_OTA_CLIENT_IDENTITY=0', '-DCONFIG_OTA_CLIENT_SEND_ATTRIBUTES=0'],
    limits: LIMITS,
  },
  {
    name: 'with everything on',
    flags: ['-DCONFIG_OTA_CLIENT_IDENTITY=1', '-DCONFIG_ESP_TLS_USE_DS_PERIPHERAL=1'],
    limits: WITH_ALL,
  },
];

function run(tool: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(PREFIX + tool, args, { encoding: 'utf8' });
  if (error !== undefined) {
    throw new Error(`${PREFIX + tool} is missing: install the Debian packages ${PACKAGES.join(' ')}`);
  }
  if (status !== 0) {
    throw new Error(stderr);
  }
  return stdout;
}

/** @throws Error with the names of missing Debian packages, if dpkg is available */
function checkPackages(): void {
  const missing = PACKAGES.filter((name) => {
    const { error, status } = spawnSync('dpkg', ['-s', name], { stdio: 'ignore' });
    return error === undefined && status !== 0;
  });
  if (missing.length > 0) {
    throw new Error(`Debian packages are not installed: apt-get install ${missing.join(' ')}`);
  }
}

function compile(source: string, folder: string, flags: readonly string[]): string {
  const object = join(folder, `${basename(source, '.c')}.o`);
  const measured = ['-fstack-usage', '-fcallgraph-info=su'];
  run('gcc', [
    ...TARGET,
    ...flags,
    '-DESP_PLATFORM',
    '--specs=picolibc.specs',
    '-std=gnu17',
    '-Os',
    ...measured,
    ...INCLUDES,
    '-c',
    source,
    '-o',
    object,
  ]);
  return object;
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(folder, name));
}

/** Bytes of all sections with one of these names or prefixes. */
function sizeOf(elf: string, ...sections: string[]): number {
  const rows = run('size', ['-A', elf]).split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([name]) => sections.some((section) => name === section || name?.startsWith(`${section}.`)))
    .reduce((sum, [, size]) => sum + Number(size), 0);
}

function sizeOfContext(folder: string, flags: readonly string[]): number {
  const source = join(folder, 'context.c');
  writeFileSync(source, '#include "ota_port.h"\nota_port_t context;\n');
  const symbols = run('nm', ['-S', compile(source, folder, flags)]);
  return parseInt(/^\S+ (\S+) \w context$/m.exec(symbols)?.[1] ?? '0', 16);
}

interface Sizes extends Record<keyof typeof LIMITS, number> {
  readonly text: number;
  readonly chain: readonly string[];
}

function measure(folder: string, flags: readonly string[]): Sizes {
  const objects = [...sourcesIn(`${COMPONENT}/src`), ...sourcesIn(`${COMPONENT}/port/esp`)].map((source) =>
    compile(source, folder, flags),
  );
  const elf = join(folder, 'component.elf');
  const linker = [
    '--unresolved-symbols=ignore-all',
    '-e',
    'ota_client_start',
    '-Ttext=0x10000',
    '--no-warn-rwx-segments',
  ];
  run('gcc', [
    ...TARGET,
    '-nostdlib',
    ...linker.flatMap((option) => ['-Xlinker', option]),
    ...objects,
    '-o',
    elf,
  ]);
  const graphs = objects.map((object) => readFileSync(object.replace(/o$/, 'ci'), 'utf8'));
  const { bytes, chain } = deepestStack(readCallGraph(graphs));
  return {
    code: sizeOf(elf, '.text'),
    text: sizeOf(elf, '.rodata', '.srodata'),
    ram: sizeOf(elf, '.data', '.sdata', '.bss', '.sbss'),
    context: sizeOfContext(folder, flags),
    stack: bytes,
    chain,
  };
}

function print(name: string, bytes: number, limit?: number): void {
  const verdict = limit === undefined ? '' : bytes <= limit ? ` (limit ${limit})` : ` EXCEEDS ${limit}`;
  process.stdout.write(`${name.padEnd(36)} ${String(bytes).padStart(6)} bytes${verdict}\n`);
}

/** @returns whether a limit is exceeded */
function printVariant({ name, flags, limits }: Variant, folder: string): boolean {
  const sizes = measure(folder, flags);
  process.stdout.write(`${name}:\n`);
  print('code', sizes.code, limits.code);
  print('constants and texts', sizes.text);
  print('static RAM', sizes.ram, limits.ram);
  print('context struct (one, on the heap)', sizes.context, limits.context);
  print('deepest stack of own functions', sizes.stack, limits.stack);
  process.stdout.write(`  ${sizes.chain.join(' > ')}\n`);
  return (Object.keys(limits) as (keyof typeof LIMITS)[]).some((key) => sizes[key] > limits[key]);
}

const folder = mkdtempSync(join(tmpdir(), 'ota-size-'));
try {
  checkPackages();
  const exceeded = VARIANTS.map((variant) => printVariant(variant, folder));
  process.exitCode = exceeded.includes(true) ? 1 : 0;
} catch (error) {
  process.stderr.write(`size: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
