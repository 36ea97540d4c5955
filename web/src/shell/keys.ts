import { useEffect, useRef } from 'react';

/** What a key does. A page says its own with useKeys(); the list behind `?` shows those that are in force. */
export interface KeyAction {
  /** `?`, `/`, `g d` (one after the other), `Ctrl k` (together; ⌘ on a Mac). */
  readonly keys: string;
  readonly name: string;
  readonly run: () => void;
}

/** Between the two keys of a pair. */
const PAIR_MS = 1_200;

/** The lists in force, the newest last: what a page says comes before what the frame says. */
const lists = new Set<readonly KeyAction[]>();
let firstKey: { readonly key: string; readonly at: number } | null = null;

/** @returns what the keys do now, for the list of them */
export const keysInForce = (): readonly KeyAction[] => [...lists].flat();

/** Puts keys in force while the component is there. Keys do nothing while somebody types. */
export function useKeys(actions: readonly KeyAction[]): void {
  const current = useRef(actions);
  useEffect(() => {
    current.current = actions;
  });
  // A key may come to do something else: the list of keys then says the new name.
  const names = actions.map(({ keys, name }) => `${keys} ${name}`).join();
  useEffect(() => {
    const list = current.current.map((action, index) => ({
      ...action,
      run: () => current.current[index]?.run(),
    }));
    lists.add(list);
    return () => {
      lists.delete(list);
    };
  }, [names]);
}

/** Listens for the keys; once, in the frame. */
export function useKeyboard(): void {
  useEffect(() => {
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const isTogether = event.ctrlKey || event.metaKey;
  if (event.altKey || (!isTogether && isTyping(event.target))) return;
  const pair = firstKey && performance.now() - firstKey.at < PAIR_MS ? `${firstKey.key} ` : '';
  firstKey = null;
  const keys = isTogether ? `Ctrl ${event.key.toLowerCase()}` : `${pair}${event.key}`;
  const all = [...keysInForce()].reverse();
  const action = all.find((candidate) => candidate.keys === keys);
  if (action) {
    event.preventDefault();
    action.run();
  } else if (!isTogether && all.some((candidate) => candidate.keys.startsWith(`${event.key} `))) {
    firstKey = { key: event.key, at: performance.now() };
  }
}

/** In a field, or in a dialog, whose keys are its own. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest('input:not([type="checkbox"]), textarea, select, [role="dialog"]') !== null
  );
}
