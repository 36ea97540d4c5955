import { InvalidArgumentError, type Command } from 'commander';
import type { AuditRow as ChainRow, ChainFault, ChainPlace, KnownRow } from '../../domain/audit-chain.js';
import { AuditVerification, type AuditEnds } from '../../domain/audit-verification.js';
import type { ApiClient } from '../api/api-client.js';
import { CommandFailure } from '../api/failure.js';
import type { AuditHead, AuditRow } from '../api/wire/audit.js';
import type { Io } from '../io.js';
import { examples, wholeNumber } from '../options.js';
import { counted, whole } from '../output/format.js';
import { countProgress } from '../output/progress.js';
import { inSession, type Session } from '../session.js';

interface VerifyOptions {
  readonly fromId?: number;
  readonly head?: KnownRow;
}

export function addAuditVerify(audit: Command, io: Io): void {
  const command = audit
    .command('verify')
    .summary('prove that no row was changed, removed or moved')
    .description(
      'Reads all rows, the oldest first, and computes their hashes again. Prints the head of the log; keep it outside of ' +
        'the server, and pass it with --head the next time: whoever can write to the database could make a whole new chain, ' +
        'but none with the same head. Exits with code 1 and names the first row that was changed, removed or moved.',
    )
    .option('--from-id <number>', 'begin with this row, and trust those before it', wholeNumber(1))
    .option('--head <id:hash>', 'what this command printed earlier', knownRow)
    .action(inSession(io, verify));
  examples(command, [
    ['Verify all rows', 'ota audit verify'],
    ['Also that they are those of an earlier time', 'ota audit verify --head 1200:9f86d0…'],
  ]);
}

function knownRow(text: string): KnownRow {
  const [, id, hash] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  if (id !== undefined && hash !== undefined) return { id: Number(id), hash: hash.toLowerCase() };
  throw new InvalidArgumentError(
    'It must be the id and the hash of a row, as this command prints them: 1200:9f86d0….',
  );
}

async function verify({ fromId, head: kept }: VerifyOptions, session: Session): Promise<void> {
  const admin = session.admin();
  const head = await readHead(admin);
  const start = startOf(head, fromId);
  if (kept) requireKept(kept, start);
  const verification = new AuditVerification(endsOf(head), kept ? [kept] : [], start);
  await verifyRows(session, admin, verification, Math.max(head.last_id, kept?.id ?? 0) - start.nextId + 1);
  refuseIf(verification.end((await readHead(admin)).last_id));

  const { place, verifiedRows: verified } = verification;
  const answer = {
    verified,
    first_id: start.nextId,
    last_id: place.nextId - 1,
    last_hash: place.previousHash,
  };
  session.output.show({ body: answer, text: JSON.stringify(answer) }, describe);
}

const PAGE = 1_000;

/** @throws CommandFailure that names the first row that is wrong */
async function verifyRows(
  { io, output }: Session,
  admin: ApiClient,
  verification: AuditVerification,
  total: number,
): Promise<void> {
  const progress = countProgress(total, 'row', io, output.isWatched);
  try {
    for (let isOver = false; !isOver;) {
      const query = { after_id: verification.place.nextId - 1, limit: PAGE };
      const { body } = await admin.send<AuditRow[]>('GET', '/api/ota/admin/audit', { query });
      refuseIf(verification.take(body.map(chainRow)));
      progress.update(verification.verifiedRows);
      isOver = body.length < PAGE;
    }
  } finally {
    progress.stop();
  }
}

const readHead = async (admin: ApiClient): Promise<AuditHead> =>
  (await admin.send<AuditHead>('GET', '/api/ota/admin/audit/head')).body;

/** @throws CommandFailure when there is nothing to begin with */
function startOf({ first_id, last_id, previous_hash }: AuditHead, fromId = 1): ChainPlace {
  if (fromId <= first_id) return { nextId: first_id, previousHash: previous_hash };
  if (fromId <= last_id) return { nextId: fromId, previousHash: null };
  throw new CommandFailure(`There is no row ${fromId}: the newest is row ${last_id}.`);
}

/** @throws CommandFailure when the kept head is not among what is verified, or is another one */
function requireKept(kept: KnownRow, { nextId, previousHash }: ChainPlace): void {
  if (kept.id >= nextId) return;
  if (kept.id < nextId - 1 || previousHash === null) {
    throw new CommandFailure(
      `Row ${kept.id} of --head is not among the rows to verify, which begin with ${nextId}.`,
      ['Pass a newer head, or a lower --from-id.'],
    );
  }
  if (kept.hash !== previousHash)
    refuse(`Row ${kept.id} was changed: row ${nextId} holds another hash of it.`);
}

function refuseIf(fault: ChainFault | null): void {
  if (fault) refuse(fault.reason);
}

function refuse(reason: string): never {
  throw new CommandFailure(reason, ['Compare the log with a backup: somebody has written to the database.']);
}

function describe({ verified, first_id, last_id, last_hash }: Summary): string {
  if (verified === 0) return 'The audit log has no rows to verify.';
  const rows = `${counted(verified, 'row')} verified, ${whole(first_id)} to ${whole(last_id)}`;
  return `${rows}: none was changed, removed or moved.\nKeep this head elsewhere:\n${last_id}:${last_hash ?? ''}`;
}

interface Summary {
  readonly verified: number;
  readonly first_id: number;
  readonly last_id: number;
  readonly last_hash: string | null;
}

const endsOf = (head: AuditHead): AuditEnds => ({
  firstId: head.first_id,
  previousHash: head.previous_hash,
  isCutSigned: head.cut_is_signed,
  lastId: head.last_id,
  lastHash: head.last_hash,
});

const chainRow = ({ actor, request_id, previous_hash, ...row }: AuditRow): ChainRow => ({
  ...row,
  actorKind: actor.kind,
  actorId: actor.id,
  actorName: actor.name,
  requestId: request_id,
  previousHash: previous_hash,
});
