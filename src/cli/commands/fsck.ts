import type { Command } from 'commander';
import type { Finding, FirmwareName, FsckReport } from '../../domain/upkeep-reports.js';
import { CommandFailure } from '../api/failure.js';
import type { Io } from '../io.js';
import { bytes, counted } from '../output/format.js';
import { asAnswer, runServerProgram, SETTINGS, type ServerOptions } from '../server-program.js';
import { inSession, type Session } from '../session.js';

interface FsckOptions extends ServerOptions {
  readonly repair?: boolean;
}

export function addFsck(program: Command, io: Io): void {
  program
    .command('fsck')
    .summary("check the database and the stored files, on the server's machine")
    .description(
      'Reads every stored file and compares it with its hash; finds firmware without files, files without firmware, ' +
        'what interrupted uploads left, wrong totals of lists, and rows of the audit log that were changed, removed or ' +
        'moved. It needs no token, and the server may run or not. ota store check asks a running server instead and ' +
        'compares only names; ota audit verify also compares the audit log with a head that was kept elsewhere. ' +
        'Exits with code 1 if anything is left to repair.',
    )
    .option(
      '--repair',
      'remove files that no firmware refers to and that are more than a day old, remove what interrupted uploads left, ' +
        'and count the lists anew; firmware and the audit log are never changed',
    )
    .option(...SETTINGS)
    .action(inSession(io, fsck));
}

async function fsck(options: FsckOptions, session: Session): Promise<void> {
  const args = options.repair === true ? ['--repair'] : [];
  const report = await runServerProgram<FsckReport>({ name: 'fsck', args, options }, session);
  session.output.show(asAnswer(report), (shown) =>
    [...shown.findings.map(sentenceOf), summaryOf(shown)].join('\n'),
  );
  const left = report.findings.filter((finding) => !isRepaired(finding));
  if (left.length === 0) return;
  throw new CommandFailure(`${counted(left.length, 'problem')} found.`, hintsFor(left));
}

const isRepaired = (finding: Finding): boolean => 'isRepaired' in finding && finding.isRepaired;

function sentenceOf(finding: Finding): string {
  const done = isRepaired(finding) ? ' Repaired.' : '';
  switch (finding.kind) {
    case 'missing':
      return `${nameOf(finding.firmware)} has no file: ${finding.path}.`;
    case 'damaged':
      return `${nameOf(finding.firmware)} has a damaged file: ${finding.path}.`;
    case 'unreferenced':
      return `No firmware refers to the file ${finding.path} (${bytes(finding.size)}).${done}`;
    case 'leftover':
      return `An interrupted upload left ${finding.path}.${done}`;
    case 'totals':
      return `The totals of the list of ${finding.list} are wrong.${done}`;
    case 'audit':
      return `Audit log: ${finding.reason}`;
  }
}

const nameOf = ({ id, deviceType, version, buildNumber }: FirmwareName): string =>
  `Firmware ${id} (${deviceType} ${version} build ${buildNumber})`;

function summaryOf({ files, auditRows, findings }: FsckReport): string {
  const checked = `Checked ${counted(files, 'stored file')}, the database and ${counted(auditRows, 'row')} of the audit log`;
  return findings.length === 0 ? `${checked}: nothing is wrong.` : `${checked}.`;
}

function hintsFor(left: readonly Finding[]): string[] {
  const isLost = left.some(({ kind }) => kind === 'missing' || kind === 'damaged');
  const isForged = left.some(({ kind }) => kind === 'audit');
  const isRepairable = left.some((finding) => 'isRepaired' in finding);
  return [
    ...(isLost
      ? ['Restore a missing or damaged file from a backup, or deactivate its firmware: ota deactivate ID.']
      : []),
    ...(isForged ? ['Compare the audit log with a backup: somebody has written to the database.'] : []),
    ...(isRepairable ? ['Repair what can be repaired: ota fsck --repair.'] : []),
  ];
}
