import { useEffect, useId, useRef, useState } from 'react';
import { INPUT_LOOK } from './field';

interface LineFieldProps {
  readonly label: string;
  readonly value: string;
  /** What stands there when there is nothing. */
  readonly empty: string;
  readonly maxLength?: number;
  readonly isLong?: boolean;
  readonly isReadOnly?: boolean;
  /** It adds something: it is empty again when that is done. */
  readonly adds?: boolean;
  /** What the server says against it, verbatim. */
  readonly fault?: string | undefined;
  readonly onSave: (text: string) => unknown;
}

/** A text that is saved when one leaves it or presses Enter; Escape gives up. */
export function LineField({
  label,
  value,
  empty,
  maxLength,
  isLong = false,
  isReadOnly = false,
  adds = false,
  fault,
  onSave,
}: LineFieldProps) {
  const id = useId();
  const [text, setText] = useState(value);
  const isDropped = useRef(false);
  useEffect(() => setText(value), [value]);
  if (isReadOnly) {
    return (
      <div>
        <p className="text-xs text-ink-3">{label}</p>
        <p className="text-sm whitespace-pre-wrap">
          <bdi>{value === '' ? empty : value}</bdi>
        </p>
      </div>
    );
  }
  const save = (): void => {
    if (!isDropped.current && text.trim() !== value) onSave(text.trim());
    isDropped.current = false;
    if (adds) setText('');
  };
  const props = {
    id,
    value: text,
    maxLength,
    placeholder: empty,
    dir: 'auto',
    autoComplete: 'off',
    'aria-invalid': fault !== undefined,
    onBlur: save,
  };
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-xs text-ink-3">
        {label}
      </label>
      {isLong ? (
        <textarea
          {...props}
          rows={3}
          className="w-full rounded border border-field bg-panel px-2.5 py-1.5 text-sm text-ink"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') drop(event.currentTarget);
          }}
        />
      ) : (
        <input
          {...props}
          className={`${INPUT_LOOK} !text-sm`}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') save();
            if (event.key === 'Escape') drop(event.currentTarget);
          }}
        />
      )}
      {fault !== undefined && <p className="mt-1 text-xs text-failed">{fault}</p>}
    </div>
  );

  function drop(field: HTMLElement): void {
    isDropped.current = true;
    setText(value);
    field.blur();
  }
}
