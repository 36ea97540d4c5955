import { useState } from 'react';
import Check from '~icons/lucide/check';
import Copy from '~icons/lucide/copy';
import { IconButton } from './button';

/** Copies a text, and says that it has. */
export function CopyButton({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    void toClipboard(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    });
  };
  return (
    <IconButton label={isCopied ? 'Copied' : label} onClick={copy} className="size-7">
      {isCopied ? <Check className="size-3.5 text-ok" /> : <Copy className="size-3.5" />}
    </IconButton>
  );
}

/** Over plain HTTP from another machine browsers have no clipboard; there the selection is copied. */
async function toClipboard(text: string): Promise<void> {
  if ('clipboard' in navigator) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  const parent = document.querySelector('[role="dialog"]') ?? document.body;
  parent.append(field);
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- There is no other way without a secure context.
  document.execCommand('copy');
  field.remove();
}
