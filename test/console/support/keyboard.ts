import type { Locator, Page } from 'playwright-core';

/** Presses of Tab in which a page is gone through. */
const MOST_STOPS = 150;

/** A person without a pointer, who sees where the keyboard is. */
export class Keyboard {
  /** Elements on which the keyboard was without a ring that is seen. */
  readonly ringless: string[] = [];
  /** All keys that were pressed; a text that was typed counts as one. */
  presses = 0;

  constructor(private readonly page: Page) {}

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.page.keyboard.press(key);
      this.presses += 1;
    }
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
    this.presses += 1;
  }

  /** Presses Tab until the keyboard is on the element. @throws Error when it never is */
  async to(target: Locator): Promise<void> {
    await target.waitFor();
    for (let stop = 0; stop < MOST_STOPS; stop++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await this.press('Tab');
      await this.look();
    }
    throw new Error(`In ${MOST_STOPS} stops the keyboard never came to ${String(target)}.`);
  }

  /** Goes to a button or a link and presses Enter. */
  async use(target: Locator): Promise<void> {
    await this.to(target);
    await this.press('Enter');
  }

  private async look(): Promise<void> {
    const ringless = await this.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return outlineStyle === 'none' || parseFloat(outlineWidth) < 2 ? element.outerHTML.slice(0, 200) : null;
    });
    if (ringless !== null) this.ringless.push(ringless);
  }
}
