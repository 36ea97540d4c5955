import { Dialog } from '../ui/dialog';
import { Kbd } from '../ui/kbd';
import { keysInForce, type KeyAction } from './keys';

type KeyName = Pick<KeyAction, 'keys' | 'name'>;

const IN_LISTS: readonly KeyName[] = [
  { keys: 'j', name: 'Down one row' },
  { keys: 'k', name: 'Up one row' },
  { keys: 'x', name: 'Select the row' },
  { keys: 'Enter', name: 'Open the row' },
  { keys: 'Home', name: 'To the first row' },
  { keys: 'End', name: 'To the last row' },
];

/** The list behind `?`: what the keys do on this page. */
export function KeyList({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const all = keysInForce();
  const places = all.filter(({ keys }) => keys.startsWith('g '));
  // Of the list the next section says what it does.
  const others = all.filter((action) => !places.includes(action) && action.keys !== 'j');
  const lists = open ? keysOfLists() : [];
  return (
    <Dialog open={open} onClose={onClose} title="Keys">
      <Section title="Here" actions={others} />
      {lists.length > 0 && <Section title="In the list" actions={lists} />}
      <Section title="Go to" actions={places} />
    </Dialog>
  );
}

/** Of a table all of them, of rows that are links those that go there. */
function keysOfLists(): readonly KeyName[] {
  if (document.querySelector('main [role="table"]')) return IN_LISTS;
  const hasRows = document.querySelector('main [data-row]') !== null;
  return hasRows ? IN_LISTS.filter(({ keys }) => ['j', 'k', 'Enter'].includes(keys)) : [];
}

function Section({ title, actions }: { readonly title: string; readonly actions: readonly KeyName[] }) {
  return (
    <section className="mt-4">
      <h3 className="mb-1 text-xs font-medium text-ink-3">{title}</h3>
      <dl className="grid grid-cols-[1fr_auto] items-center gap-y-1 text-sm">
        {actions.map(({ keys, name }) => (
          <div key={keys} className="contents">
            <dt>{name.replace(/^Go to /, '')}</dt>
            <dd className="flex justify-end gap-1">
              {keys.split(' ').map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
