import { useRef, useState, type DragEvent, type ReactNode } from 'react';
import { classes } from './classes';

interface DropZoneProps {
  readonly onFile: (file: File) => void;
  /** "Drop the .bin that ESP-IDF built here" */
  readonly title: string;
  readonly children?: ReactNode;
  readonly disabled?: boolean;
}

/** Takes a file by drop, by click and by the keyboard. */
export function DropZone({ onFile, title, children, disabled = false }: DropZoneProps) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const over = (event: DragEvent): void => {
    event.preventDefault();
    setOver(!disabled);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && !disabled) onFile(file);
  };
  return (
    <>
      <button
        type="button"
        disabled={disabled}
        onClick={() => input.current?.click()}
        onDragEnter={over}
        onDragOver={over}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        className={classes(
          'grid w-full justify-items-center gap-1 rounded-lg border-2 border-dashed px-5 py-7 text-center transition-colors',
          isOver ? 'border-accent bg-tint' : 'border-field/50 hover:border-field hover:bg-sunken',
        )}
      >
        <span className="font-medium">{title}</span>
        {children !== undefined && <span className="text-sm text-ink-3">{children}</span>}
      </button>
      <input
        ref={input}
        type="file"
        tabIndex={-1}
        aria-label={title}
        className="hidden"
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file may be chosen again after it was built again.
          event.target.value = '';
          if (file) onFile(file);
        }}
      />
    </>
  );
}
