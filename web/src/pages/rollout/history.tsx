import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../api/queries/me';
import { rolloutHistoryQuery, type AuditRow, type RolloutDetail } from '../../api/queries/rollouts';
import { AsCommand } from '../../ui/as-command';
import { Panel } from '../../ui/page';
import { At } from '../../ui/time';

interface Entry {
  readonly key: string;
  readonly time: string;
  readonly what: string;
  readonly who: string | null;
  readonly detail: string | null;
}

/** What was done to it, and by whom. Admins see what the audit log has; others what the rollout itself says. */
export function History({ rollout }: { readonly rollout: RolloutDetail }) {
  const isAdmin = useMay('admin');
  const { data } = useQuery({ ...rolloutHistoryQuery(rollout.id), enabled: isAdmin });
  const entries = isAdmin && data ? data.rows.map(entryOf) : ownEntries(rollout);
  return (
    <Panel
      title="History"
      aside={
        isAdmin ? (
          <AsCommand
            ota={`audit --target rollout:${rollout.id}`}
            path={`/api/ota/admin/audit?target=rollout:${rollout.id}`}
          />
        ) : undefined
      }
    >
      <ol className="px-5 pb-4">
        {entries.map(({ key, time, what, who, detail }) => (
          <li
            key={key}
            className="grid gap-x-4 border-t border-line py-2.5 text-sm sm:grid-cols-[220px_minmax(0,1fr)]"
          >
            <span className="text-ink-3">
              <At time={time} />
            </span>
            <span className="min-w-0">
              {what}
              {who !== null && <span className="text-ink-3"> by {who}</span>}
              {detail !== null && <span className="block text-ink-2">{detail}</span>}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

const WORDS: Readonly<Record<string, string>> = {
  'rollout.create': 'Made',
  'rollout.start': 'Started',
  'rollout.approve': 'Approved',
  'rollout.pause': 'Paused',
  'rollout.resume': 'Resumed',
  'rollout.abort': 'Aborted',
  'rollout.finish': 'Finished',
  'rollout.excuse': 'Devices excused',
  'rollout.halt': 'Stopped itself',
};

function entryOf({ id, at, actor, action, after, result }: AuditRow): Entry {
  const what = WORDS[action] ?? action;
  return {
    key: String(id),
    time: at,
    what: result === 'done' ? what : `${what}: refused for the role`,
    who: actor.kind === 'server' ? null : actor.name,
    detail: detailOf(after),
  };
}

/** What an action came with. */
function detailOf(after: unknown): string | null {
  if (typeof after !== 'object' || after === null) return null;
  const { reason, devices, halted_because } = after as Readonly<Record<string, unknown>>;
  if (typeof reason === 'string') return `${String(devices)} devices: ${reason}`;
  return typeof halted_because === 'string' ? halted_because.replace(/^stopped: /, '') : null;
}

function ownEntries(rollout: RolloutDetail): Entry[] {
  const { created_at, created_by, approved_by, started_at, halted_at, halted_because, ended_at, state } =
    rollout;
  const entries: (Entry | null)[] = [
    ended_at === null
      ? null
      : {
          key: 'ended',
          time: ended_at,
          what: state === 'aborted' ? 'Aborted' : 'Finished',
          who: null,
          detail: null,
        },
    halted_at === null
      ? null
      : { key: 'halted', time: halted_at, what: 'Stopped itself', who: null, detail: halted_because },
    started_at === null
      ? null
      : {
          key: 'started',
          time: started_at,
          what: 'Started',
          who: null,
          detail: approved_by === null ? null : `Approved by ${approved_by}`,
        },
    { key: 'made', time: created_at, what: 'Made', who: created_by, detail: null },
  ];
  return entries.filter((entry) => entry !== null);
}
