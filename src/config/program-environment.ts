/**
 * Variables by which a system finds programs, libraries and temporary files. All others stay with this process: some of
 * them hold its secrets, which everybody who may read a program's environment would see.
 */
const PASSED_ON = [
  'PATH',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'TMPDIR',
  'TZ',
  // Windows starts no program without them.
  'SYSTEMROOT',
  'WINDIR',
  'TEMP',
  'TMP',
];

/** The environment of programs that this process starts. Their messages are in English, so that they can be read. */
export function programEnvironment(own: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const passed: NodeJS.ProcessEnv = { LC_ALL: 'C' };
  for (const name of PASSED_ON) {
    if (own[name] !== undefined) passed[name] = own[name];
  }
  return passed;
}
