import { Dialog } from '../ui/dialog';
import { Kbd } from '../ui/kbd';
import { keysInForce } from './keys';

/** The list behind `?`: what the keys do on this page. */
export function KeyList({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const inTables = [
    { keys: 'j', name: 'Down one row' },
    { keys: 'k', name: 'Up one row' },
    { keys: 'x', name: 'Select the row' },
    { keys: 'Enter', name: 'Open the row' },
  ];
  return (
    <Dialog open={open} onClose={onClose} title="Keys">
      <dl className="mt-3 grid grid-cols-[1fr_auto] items-center gap-y-1.5 text-sm">
        {[...keysInForce(), ...inTables].map(({ keys, name }) => (
          <div key={keys} className="contents">
            <dt>{name}</dt>
            <dd className="flex justify-end gap-1">
              {keys.split(' ').map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
