import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import CircleCheck from '~icons/lucide/circle-check';
import OctagonX from '~icons/lucide/octagon-x';
import { asProblem } from '../../api/problem';
import { auditHeadQuery, auditRowsAfter } from '../../api/queries/audit';
import { Button } from '../../ui/button';
import { count } from '../../ui/numbers';
import { sayFault } from '../../ui/toasts';
import { canHash, sha256, verifyRows, type ChainVerdict } from './verify-chain';

/** Verifies all rows in the browser, so that nobody needs to believe the server. */
export function ChainBadge() {
  const head = useQuery(auditHeadQuery).data;
  const [readTo, setReadTo] = useState<number | null>(null);
  const [verdict, setVerdict] = useState<ChainVerdict | null>(null);
  if (!head) return null;
  if (verdict) return <Verdict verdict={verdict} />;
  if (!canHash())
    return <span className="text-xs font-normal text-ink-3">Verify it with `ota audit verify`.</span>;
  const verify = async (): Promise<void> => {
    let place = { nextId: head.first_id, previousHash: head.previous_hash };
    for (;;) {
      setReadTo(place.nextId - 1);
      const rows = await auditRowsAfter(place.nextId - 1);
      const part = await verifyRows(rows, place, sha256);
      if (!part.isWhole || rows.length === 0) {
        setVerdict(part.isWhole ? endOf(part, head.last_id) : part);
        return;
      }
      place = part.place;
    }
  };
  return (
    <Button
      disabled={readTo !== null}
      onClick={() =>
        void verify()
          .catch((error: unknown) => sayFault(asProblem(error)))
          .finally(() => setReadTo(null))
      }
    >
      {readTo === null ? 'Verify all rows' : `Verified up to row ${count(readTo)}`}
    </Button>
  );
}

/** Rows that were removed from the end leave a chain that is whole, but shorter than its head says. */
function endOf(verdict: ChainVerdict & { readonly isWhole: true }, lastId: number): ChainVerdict {
  const { nextId } = verdict.place;
  return nextId > lastId
    ? verdict
    : { isWhole: false, id: nextId, reason: `Row ${nextId} was removed, and all others up to ${lastId}.` };
}

function Verdict({ verdict }: { readonly verdict: ChainVerdict }) {
  return verdict.isWhole ? (
    <span role="status" className="inline-flex items-center gap-1.5 text-sm font-normal text-ink-2">
      <CircleCheck className="size-3.5 text-ok" aria-hidden="true" />
      verified up to row {count(verdict.place.nextId - 1)}
    </span>
  ) : (
    <span role="alert" className="inline-flex items-center gap-1.5 text-sm text-failed">
      <OctagonX className="size-3.5" aria-hidden="true" />
      {verdict.reason}
    </span>
  );
}
