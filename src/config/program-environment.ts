/**
 * Variables that a system needs to find programs, libraries and temporary files. All others are not passed on, because
 * some contain secrets, and other users may be able to read a program's environment.
 */
const PASSED_ON = [
  'PATH',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'TMPDIR',
  'TZ',
  // Windows cannot start a program without these.
  'SYSTEMROOT',
  'WINDIR',
  'TEMP',
  'TMP',
];

/** The environment for programs that this process starts. Their messages are in English, so that they can be parsed. */
export function programEnvironment(own: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const passed: NodeJS.ProcessEnv = { LC_ALL: 'C' };
  for (const name of PASSED_ON) {
    if (own[name] !== undefined) passed[name] = own[name];
  }
  return passed;
}
