/** A key, as it stands on the keyboard. */
export function Kbd({ children }: { readonly children: string }) {
  return (
    <kbd className="inline-grid h-5 min-w-5 place-items-center rounded-[4px] border border-line border-b-2 bg-panel px-1 text-[11px] leading-none text-ink-3">
      {children}
    </kbd>
  );
}
