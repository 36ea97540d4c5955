import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { Interruption } from '../interruption.js';
import type { Io } from '../io.js';
import { buildProgram } from '../program.js';
import { completionScript } from './script.js';

const screen = (): Io['stdout'] => Object.assign(new PassThrough(), { isTTY: false, columns: 0 });
const io: Io = {
  stdin: new PassThrough(),
  stdout: screen(),
  stderr: screen(),
  env: {},
  version: '1.2.3',
  interruption: new Interruption(() => undefined),
  timeZone: 'UTC',
  now: () => 0,
  sleep: () => Promise.resolve(),
};

interface Place {
  readonly words: string;
  readonly below: readonly string[];
  readonly flags: readonly string[];
}

/** All commands, those of groups too, as the program itself knows them. */
function placesOf(command: Command, words: string): Place[] {
  const commands = command.commands.filter((one) => one.name() !== 'help' && !one.name().includes('-ids'));
  const here = {
    words,
    below: commands.map((one) => one.name()),
    flags: command.options.flatMap(({ long }) => (long == null ? [] : [long])),
  };
  return [here, ...commands.flatMap((one) => placesOf(one, `${words} ${one.name()}`))];
}

describe('the completion of bash', () => {
  const program = buildProgram(io);
  const script = completionScript('bash', program);
  const places = placesOf(program, 'ota').filter(({ words }) => words !== 'ota');
  /** What is offered at the end of each of these lines. */
  const completions = (lines: readonly string[]): string[][] => {
    const asking = lines.map(
      (line) => `COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _ota; echo "\${COMPREPLY[*]}"`,
    );
    const { stdout } = spawnSync('bash', ['-c', [script, ...asking].join('\n')], { encoding: 'utf8' });
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '));
  };

  it('offers the commands of every group, of those within groups too', () => {
    const groups = places.filter(({ below }) => below.length > 0);
    expect(groups.map(({ words }) => words)).toEqual(
      expect.arrayContaining(['ota user', 'ota token', 'ota device', 'ota enroll-key', 'ota audit']),
    );
    const offered = completions(groups.map(({ words }) => `${words} ''`));
    expect(offered).toEqual(groups.map(({ below }) => below));
  });

  it('offers the flags of every command, and those that all commands take', () => {
    const offered = completions(places.map(({ words }) => `${words} --`));
    for (const [index, { words, flags }] of places.entries())
      expect([words, offered[index]]).toEqual([
        words,
        expect.arrayContaining([...flags, '--server', '--json']),
      ]);
  });

  it('offers no command of a group elsewhere', () => {
    expect(completions(["ota ''", "ota user create ''"])).toEqual([
      expect.not.arrayContaining(['user list', 'revoke']),
      expect.not.arrayContaining(['list']),
    ]);
  });
});
