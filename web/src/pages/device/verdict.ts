import type { Shape } from '../../api/client';
import { deviceIdText } from '../../ui/device-id';

export type Explanation = Shape<'ExplanationResponse'>;
export type Step = Explanation['steps'][number];

/** Steps that warn where they are not met: what they find is no reason, but somebody should look at it. */
const WARNINGS: readonly string[] = ['files_intact', 'one_device'];

export const isWarning = ({ code, ok }: Step): boolean => ok === null && WARNINGS.includes(code);

/** @returns why it is not updated; undefined when nothing keeps it */
export const reasonOf = ({ steps }: Explanation): Step | undefined => steps.find(({ ok }) => ok === false);

/** @returns the sentence of `ota why`, word for word, without the time of the next check */
export function verdictOf(explanation: Explanation): {
  readonly text: string;
  readonly isNextCheck: boolean;
} {
  const { device_id, verdict, status } = explanation;
  const device = `Device ${deviceIdText(device_id)}`;
  const reason = reasonOf(explanation);
  const says = (text: string) => ({ text: `${device} ${text}`, isNextCheck: false });
  if (status === 'silent' && verdict === 'up_to_date')
    return says('ran the newest release when it was last heard, and is silent since.');
  if (reason) return says(`is not updated. ${reason.title}.`);
  if (status === 'updating') return says('is updating now.');
  if (verdict === 'up_to_date') return says('is up to date.');
  return { text: `${device} gets an update at its next check`, isNextCheck: true };
}

/** Where a step leads in the console, of what the API links to. */
export function placeOf(link: string | null): { readonly href: string; readonly words: string } | null {
  if (link === null) return null;
  const { pathname, searchParams } = new URL(link, location.origin);
  const [, rollout] = /\/rollouts\/(\d+)$/.exec(pathname) ?? [];
  if (rollout !== undefined) return { href: `/rollouts/${rollout}`, words: `Open rollout ${rollout}` };
  if (pathname.endsWith('/rollouts')) return { href: '/rollouts', words: 'Open the rollouts' };
  const type = searchParams.get('device_type');
  if (pathname.endsWith('/firmware'))
    return {
      href: `/releases${type === null ? '' : `?type=${encodeURIComponent(type)}`}`,
      words: 'Open the releases',
    };
  const device = searchParams.get('device_id');
  if (pathname.endsWith('/logs') && device !== null)
    return { href: `/activity?device=${device}`, words: 'Open its attempts' };
  return null;
}
