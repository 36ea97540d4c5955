import type { RolloutDetail, RolloutFactors } from '../../api/queries/rollouts';
import { AsCommand } from '../../ui/as-command';
import { attributeName } from '../../ui/attributes';
import { count, percent } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { ShareBar } from '../../charts/share-bar';
import { Skeleton } from '../../ui/states';

interface FactorsProps {
  readonly rollout: RolloutDetail;
  readonly factors: RolloutFactors | undefined;
}

const SHOWN = 8;
const NAMES: Readonly<Record<string, string>> = { previous_version: 'Version before', tag: 'Tag' };

/** What the failed devices have in common, the guiltiest first. */
export function Factors({ rollout: { id }, factors }: FactorsProps) {
  return (
    <Panel
      title="What they have in common"
      aside={<AsCommand ota={`rollout factors ${id}`} path={`/api/ota/admin/rollouts/${id}/factors`} />}
    >
      {!factors ? (
        <Skeleton lines={4} />
      ) : factors.factors.length === 0 ? (
        <p className="px-5 pb-5 text-sm text-ink-2">Nothing that their revisions, attributes or tags tell.</p>
      ) : (
        <table className="mb-3 w-full table-fixed text-sm">
          <caption className="unseen">
            What the {count(factors.failed)} failed of {count(factors.offered)} devices have in common
          </caption>
          <thead>
            <tr className="text-left text-ink-2">
              <th scope="col" className="w-[46%] py-1.5 pr-2 pl-5 font-medium">
                What
              </th>
              <th scope="col" className="w-[27%] px-2 py-1.5 text-right font-medium">
                Failed
              </th>
              <th scope="col" className="py-1.5 pr-5 pl-2 text-right font-medium">
                Share
              </th>
            </tr>
          </thead>
          <tbody>
            {factors.factors.slice(0, SHOWN).map(({ dimension, value, failed, offered }) => (
              <tr key={`${dimension} ${value}`} className="border-t border-line align-top">
                <td className="py-2 pr-2 pl-5">
                  <span className="block text-xs text-ink-3">
                    {NAMES[dimension] ?? attributeName(dimension)}
                  </span>
                  <span className="line-clamp-2">{value}</span>
                </td>
                <td className="px-2 py-2 text-right tnum">
                  {count(failed)} of {count(offered)}
                </td>
                <td className="py-2 pr-5 pl-2 text-right tnum">
                  {percent(failed, offered)}
                  <span className="mt-1 block">
                    <ShareBar
                      label={`${count(failed)} of ${count(offered)} failed`}
                      total={offered}
                      shares={[{ key: 'failed', value: failed, color: 'bg-failed' }]}
                    />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
