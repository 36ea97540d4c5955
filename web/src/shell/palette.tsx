import { Dialog } from '@base-ui/react/dialog';
import { useDeferredValue, useEffect, useRef, useState, type KeyboardEvent } from 'react';
import Search from '~icons/lucide/search';
import { classes } from '../ui/classes';
import { Kbd } from '../ui/kbd';
import { useEntries, type Entry } from './palette-entries';

/** Finds and does: one field, and what it may mean, in a list below. */
export default function Palette({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const shown = useDeferredValue(text);
  const { entries, isAsking } = useEntries(shown);
  /** The list may be of a text before the last key: who presses Enter means what will be there. */
  const isBehind = isAsking || shown !== text;
  const [isWanted, setWanted] = useState(false);
  const current = Math.min(at, entries.length - 1);
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [current, entries]);

  const run = (entry: Entry | undefined): void => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  useEffect(() => {
    if (!isWanted || isBehind) return;
    setWanted(false);
    run(entries[current]);
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined && entries.length > 0) setAt((current + step + entries.length) % entries.length);
    else if (event.key === 'Enter') setWanted(true);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/35" />
        <Dialog.Popup
          initialFocus={input}
          aria-label="Find or do"
          className="fixed top-[12dvh] left-1/2 z-40 flex max-h-[70dvh] w-[min(608px,calc(100vw-24px))] -translate-x-1/2 flex-col overflow-hidden rounded-lg border border-line bg-panel shadow-float outline-none"
        >
          <div className="flex items-center gap-2.5 border-b border-line px-4">
            <Search className="size-4 shrink-0 text-ink-3" aria-hidden="true" />
            <input
              ref={input}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                setAt(0);
                setWanted(false);
              }}
              onKeyDown={onKeyDown}
              role="combobox"
              aria-expanded="true"
              aria-controls="palette-list"
              aria-activedescendant={entries[current] && optionId(entries[current])}
              aria-label="A device, a version, a command"
              placeholder="A device, a version, a command…"
              autoComplete="off"
              spellCheck={false}
              className="h-12 min-w-0 flex-1 bg-transparent text-lg outline-none"
            />
            <Kbd>Esc</Kbd>
          </div>
          <div
            ref={list}
            id="palette-list"
            role="listbox"
            aria-label="Found"
            className="overflow-y-auto p-1.5"
          >
            {entries.map((entry, index) => (
              <Option
                key={entry.id}
                entry={entry}
                isFirst={entries[index - 1]?.section !== entry.section}
                isCurrent={index === current}
                onPoint={() => setAt(index)}
                onRun={() => run(entry)}
              />
            ))}
          </div>
          {entries.length === 0 && <p className="px-4 pt-2 pb-4 text-sm text-ink-3">Nothing is called so.</p>}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const optionId = ({ id }: Entry): string => `option-${id.replace(/\W+/g, '-')}`;

interface OptionProps {
  readonly entry: Entry;
  /** Of its section, which it begins with a title. */
  readonly isFirst: boolean;
  readonly isCurrent: boolean;
  readonly onPoint: () => void;
  readonly onRun: () => void;
}

function Option({ entry, isFirst, isCurrent, onPoint, onRun }: OptionProps) {
  return (
    <>
      {isFirst && (
        <div role="presentation" className="px-2.5 pt-2 pb-1 text-xs font-medium text-ink-3">
          {entry.section}
        </div>
      )}
      {/* The keyboard is in the field: it runs what is current. */}
      <div
        id={optionId(entry)}
        role="option"
        aria-selected={isCurrent}
        onPointerMove={onPoint}
        onClick={onRun}
        className={classes(
          'flex h-9 cursor-pointer items-center gap-2.5 rounded px-2.5 text-sm',
          isCurrent && 'bg-tint',
        )}
      >
        <entry.icon className="size-4 shrink-0 text-ink-3" aria-hidden="true" />
        <span className="truncate">{entry.name}</span>
        {entry.note !== undefined && <span className="min-w-0 truncate text-ink-3">{entry.note}</span>}
        {entry.keys !== undefined && (
          <span className="ml-auto flex gap-1">
            {entry.keys.split(' ').map((key) => (
              <Kbd key={key}>{key}</Kbd>
            ))}
          </span>
        )}
      </div>
    </>
  );
}
