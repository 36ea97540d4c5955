import { setting, type Environment } from '../environment.js';
import type { Screen } from '../io.js';

/** The SGR codes of ECMA-48 that switch each style on and off. */
const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type StyleName = keyof typeof CODES;
export type Style = (name: StyleName, text: string) => string;

export const PLAIN: Style = (_, text) => text;

const COLOURED: Style = (name, text) => {
  const [on, off] = CODES[name];
  return text === '' ? '' : `\x1b[${on}m${text}\x1b[${off}m`;
};

/** Uses colors on a terminal that supports them, unless NO_COLOR is set: https://no-color.org. */
export const styleFor = (screen: Screen, env: Environment): Style =>
  screen.isTTY === true && setting(env, 'NO_COLOR') === undefined && setting(env, 'TERM') !== 'dumb'
    ? COLOURED
    : PLAIN;
