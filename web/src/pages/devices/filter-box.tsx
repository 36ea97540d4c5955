import { useEffect, useRef, useState, type Ref } from 'react';
import Search from '~icons/lucide/search';
import X from '~icons/lucide/x';
import { placeOfFault } from '../../filter';
import { IconButton } from '../../ui/button';
import { classes } from '../../ui/classes';
import { Kbd } from '../../ui/kbd';

interface FilterBoxProps {
  /** As it stands in the address. */
  readonly value: string;
  /** @param isFirst of what is typed in one go: what follows takes its place in the history of the browser */
  readonly onChange: (text: string, isFirst: boolean) => void;
  /** What the server says against it, with the place. */
  readonly fault: string | undefined;
  /** Enter, or the arrow down: on to what was found. */
  readonly onLeave: () => void;
  readonly ref: Ref<HTMLInputElement>;
}

/** How long nothing is typed before it counts. */
const PAUSE_MS = 250;

/** A filter in the language of the server, which takes it as it is typed and says where it does not understand. */
export function FilterBox({ value, onChange, fault, onLeave, ref }: FilterBoxProps) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  const isTyping = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    // Somebody went back, or pressed a filter.
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const send = (next: string): void => {
    clearTimeout(timer.current);
    if (next === sent.current) return;
    sent.current = next;
    onChange(next, !isTyping.current);
    isTyping.current = true;
  };
  const type = (next: string): void => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send(next), PAUSE_MS);
  };
  const place = fault === undefined ? null : placeOfFault(fault);
  return (
    <div className="relative min-w-0 basis-full md:max-w-[420px] md:basis-[320px] md:grow">
      <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-ink-3" aria-hidden="true" />
      <input
        ref={ref}
        type="text"
        role="searchbox"
        aria-label="Filter"
        placeholder="Name, id, tag:beta, version:<1.2.0"
        value={text}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : 'filter-fault'}
        className="h-8 w-full rounded border border-field bg-panel pr-9 pl-8 text-sm aria-invalid:border-failed"
        onChange={(event) => type(event.target.value)}
        onBlur={() => {
          send(text);
          isTyping.current = false;
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' || event.key === 'ArrowDown') {
            event.preventDefault();
            send(text);
            onLeave();
          } else if (event.key === 'Escape' && text !== '') {
            event.preventDefault();
            type('');
          }
        }}
      />
      <span className="absolute top-0 right-0 grid h-8 w-9 place-items-center">
        {text === '' ? (
          <span className="max-md:hidden">
            <Kbd>/</Kbd>
          </span>
        ) : (
          <IconButton
            label="Clear the filter"
            className="size-7"
            onClick={() => {
              setText('');
              send('');
            }}
          >
            <X className="size-3.5" />
          </IconButton>
        )}
      </span>
      {fault !== undefined && (
        <div
          id="filter-fault"
          role="alert"
          className="absolute top-9 right-0 left-0 z-20 rounded border border-failed bg-panel p-2 text-xs shadow-float"
        >
          {place !== null && (
            <p className="mono truncate">
              {text.slice(Math.max(0, place - 24), place)}
              <mark
                className={classes('bg-transparent text-failed underline decoration-wavy underline-offset-4')}
              >
                {text.slice(place) || '⌴'}
              </mark>
            </p>
          )}
          <p className="mt-1 text-failed">{fault}</p>
        </div>
      )}
    </div>
  );
}
