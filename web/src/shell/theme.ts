/** Switches between light and dark, and keeps the choice for this browser. See public/theme.js. */
export function switchTheme(): void {
  const { dataset } = document.documentElement;
  const next = dataset['theme'] === 'dark' ? 'light' : 'dark';
  dataset['theme'] = next;
  try {
    localStorage.setItem('theme', next);
  } catch {
    // Without storage the choice holds until the page is loaded again.
  }
}
