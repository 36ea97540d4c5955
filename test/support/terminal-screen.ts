/**
 * What stands on the screen of a terminal after it was sent `output`, line by line without trailing blanks. It knows what
 * readline and the upload bar send: printable text, CR, LF (which begins a line, as a terminal's driver has it), backspace, and the CSI sequences A to D, G, J, K, m and h/l.
 */
export function screenOf(output: string, columns: number): string {
  const lines: ((string | undefined)[] | undefined)[] = [];
  let [row, column] = [0, 0];
  const line = (): (string | undefined)[] => (lines[row] ??= []);
  // eslint-disable-next-line no-control-regex -- ESC begins the sequences that are looked for
  for (const [token, parameter, command] of output.matchAll(/\x1b\[[?]?([\d;]*)([A-Za-z])|[^]/gu)) {
    const count = Number(parameter) || 1;
    if (command !== undefined) {
      if (command === 'A') row = Math.max(0, row - count);
      if (command === 'B') row += count;
      if (command === 'C') column += count;
      if (command === 'D') column = Math.max(0, column - count);
      if (command === 'G') column = count - 1;
      if (command === 'K') line().length = Math.min(line().length, column);
      if (command === 'J') {
        line().length = Math.min(line().length, column);
        lines.length = row + 1;
      }
    } else if (token === '\r') column = 0;
    else if (token === '\n') [row, column] = [row + 1, 0];
    else if (token === '\b') column = Math.max(0, column - 1);
    else if (token >= ' ') {
      if (column >= columns) [row, column] = [row + 1, 0];
      line()[column] = token;
      column += 1;
    }
  }
  return Array.from(lines, (cells) =>
    Array.from(cells ?? [], (cell) => cell ?? ' ')
      .join('')
      .trimEnd(),
  ).join('\n');
}
