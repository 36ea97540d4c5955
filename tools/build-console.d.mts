export function buildConsoleIfChanged(
  root: string,
  bundle: (root: string) => Promise<boolean>,
  onBegin?: () => void,
): Promise<'unchanged' | 'built' | 'failed'>;
