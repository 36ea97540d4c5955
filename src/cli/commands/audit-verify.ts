import { InvalidArgumentError, type Command } from 'commander';
import {
  verifyChain,
  verifyEnd,
  type AuditRow as ChainRow,
  type ChainFault,
  type ChainPlace,
  type KnownRow,
} from '../../domain/audit-chain.js';
import type { ApiClient } from '../api/api-client.js';
import { CommandFailure } from '../api/failure.js';
import type { AuditHead, AuditRow } from '../api/wire.js';
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
  const known = [{ id: head.last_id, hash: head.last_hash }, ...(kept ? [kept] : [])];
  const { place, cuts } = await verifyRows(session, admin, start, known);
  refuseIf(verifyEnd(place, known));

  const last = place.nextId - 1;
  const { last_id } = await readHead(admin);
  if (last_id < last)
    refuse(`Row ${last_id + 1} is not known to the head of the log, which ends at row ${last_id}.`);
  // Of a part it may be an earlier row that says so.
  if (head.first_id > 1 && start.nextId === head.first_id) requireCut(head, cuts);

  const verified = place.nextId - start.nextId;
  const answer = { verified, first_id: start.nextId, last_id: last, last_hash: place.previousHash };
  session.output.show({ body: answer, text: JSON.stringify(answer) }, describe);
}

interface Verified {
  readonly place: ChainPlace;
  /** Ids of the rows that the log was made to begin with. */
  readonly cuts: ReadonlySet<unknown>;
}

const PAGE = 1_000;

/** @throws CommandFailure that names the first row that is wrong */
async function verifyRows(
  { io, output }: Session,
  admin: ApiClient,
  start: ChainPlace,
  known: readonly KnownRow[],
): Promise<Verified> {
  const total = Math.max(...known.map(({ id }) => id)) - start.nextId + 1;
  const progress = countProgress(total, 'row', io, output.isWatched);
  const cuts = new Set<unknown>();
  try {
    for (let place = start; ;) {
      const query = { after_id: place.nextId - 1, limit: PAGE };
      const { body } = await admin.send<AuditRow[]>('GET', '/api/ota/admin/audit', { query });
      const verdict = verifyChain(place, body.map(chainRow), known);
      refuseIf(verdict.fault);
      ({ place } = verdict);
      for (const row of body) if (row.action === 'audit.cut') cuts.add(row.after?.['first_id']);
      progress.update(place.nextId - start.nextId);
      if (body.length < PAGE) return { place, cuts };
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

function requireCut({ first_id, cut_is_signed }: AuditHead, cuts: Verified['cuts']): void {
  if (cut_is_signed === true && cuts.has(first_id)) return;
  refuse(`Row ${first_id - 1} was removed, and all before it, but not with ota audit cut.`);
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

const chainRow = ({ actor, request_id, previous_hash, ...row }: AuditRow): ChainRow => ({
  ...row,
  actorKind: actor.kind,
  actorId: actor.id,
  actorName: actor.name,
  requestId: request_id,
  previousHash: previous_hash,
});
