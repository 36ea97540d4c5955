/** Functions that run within a page, where nothing of what is imported here exists: each is whole in itself. */

/**
 * What does not fit: into the window, or into an element that cuts off what is too wide without a sign. What scrolls sideways
 * by itself, and what ends in "…", is meant so.
 */
export function cutOff(): string[] {
  const found = new Set<string>();
  const tell = (element: Element, by: number): void => {
    found.add(`${Math.round(by)} px are cut off: ${element.outerHTML.slice(0, 160)}`);
  };
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) tell(root, root.scrollWidth - innerWidth);
  for (const place of document.querySelectorAll('main, [role="dialog"]'))
    if (place.scrollWidth > place.clientWidth) tell(place, place.scrollWidth - place.clientWidth);

  const isMeantSo = ({ textOverflow, webkitLineClamp, clipPath }: CSSStyleDeclaration): boolean =>
    textOverflow === 'ellipsis' || webkitLineClamp !== 'none' || clipPath !== 'none';
  for (const element of document.body.querySelectorAll('*')) {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || element.closest('svg') !== null || !element.checkVisibility()) continue;
    const own = getComputedStyle(element);
    const isCut = /hidden|clip/.test(own.overflowX) && !isMeantSo(own) && !element.matches('input, select');
    if (isCut && element.scrollWidth > element.clientWidth + 1)
      tell(element, element.scrollWidth - element.clientWidth);
    for (let around = element.parentElement; around; around = around.parentElement) {
      const style = getComputedStyle(around);
      const { overflowX } = style;
      if (overflowX === 'auto' || overflowX === 'scroll') {
        if (around.matches('main, [role="dialog"]') && box.right > around.getBoundingClientRect().right + 1)
          tell(element, box.right - around.getBoundingClientRect().right);
        break;
      }
      if (isMeantSo(style)) break;
      if (overflowX === 'visible') continue;
      const { left, right } = around.getBoundingClientRect();
      const by = Math.max(box.right - right, left - box.left);
      if (by > 1) tell(element, by);
      break;
    }
  }
  return [...found].slice(0, 10);
}

interface Walk {
  readonly stops: readonly Element[];
  readonly seen: Set<Element>;
  readonly ringless: Set<string>;
}

/** A walk through the page with the Tab key: begun, as many presses as it says, ended. */
export const focusWalk = {
  /** @returns how often Tab is to be pressed */
  begin: (): number => {
    const controls = 'a[href], button, input, select, textarea, summary, [tabindex]';
    const isStop = (element: Element): boolean =>
      element instanceof HTMLElement &&
      element.tabIndex >= 0 &&
      !element.matches(':disabled') &&
      element.checkVisibility({ visibilityProperty: true }) &&
      // Of the choices of a group the keyboard comes to the one that is chosen; arrows lead to the others.
      !(element instanceof HTMLInputElement && element.type === 'radio' && !element.checked);
    const stops = [...document.querySelectorAll(controls)].filter(isStop);
    const walk: Walk = { stops, seen: new Set(), ringless: new Set() };
    const cutSides = (element: Element, reach: number): number => {
      const box = element.getBoundingClientRect();
      let cut = 0;
      for (let around = element.parentElement; around && cut === 0; around = around.parentElement) {
        if (!/hidden|clip/.test(getComputedStyle(around).overflow)) continue;
        const frame = around.getBoundingClientRect();
        const sides = [
          box.left - reach < frame.left,
          box.right + reach > frame.right,
          box.top - reach < frame.top,
          box.bottom + reach > frame.bottom,
        ];
        cut = sides.filter(Boolean).length;
      }
      return cut;
    };
    const look = (target: EventTarget | null): void => {
      if (!(target instanceof Element) || target === document.body) return;
      walk.seen.add(target);
      const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(target);
      const width = parseFloat(outlineWidth);
      const isDrawn = outlineStyle !== 'none' && width >= 2;
      // Cut off at one side it is still seen; at two or more of them it is hardly a ring.
      if (!isDrawn || cutSides(target, parseFloat(outlineOffset) + width - 1) > 1)
        walk.ringless.add(`No ring is seen: ${target.outerHTML.slice(0, 200)}`);
    };
    document.addEventListener('focusin', ({ target }) => {
      if (target instanceof Element && !walk.seen.has(target)) look(target);
    });
    // Within a field for a time the keyboard goes on from part to part without another event.
    document.addEventListener('keyup', () => {
      if (document.activeElement?.matches('[type^="date"], [type="time"]')) look(document.activeElement);
    });
    (window as unknown as { walk: Walk }).walk = walk;
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    // The keyboard begins where somebody pressed last.
    getSelection()?.setPosition(document.body, 0);
    // The parts of a time are stops of their own; and what scrolls is one where it holds no other.
    const times = document.querySelectorAll('input[type="datetime-local"], input[type="time"]').length;
    return stops.length + times * 8 + 6;
  },

  /** @returns what is wrong */
  end: (): string[] => {
    const { stops, seen, ringless } = (window as unknown as { walk: Walk }).walk;
    const missed = stops.filter((stop) => stop.isConnected && stop.checkVisibility() && !seen.has(stop));
    return [
      ...ringless,
      ...missed.map((stop) => `The keyboard does not come to ${stop.outerHTML.slice(0, 200)}`),
    ];
  },
};
