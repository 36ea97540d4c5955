export function buildIfChanged(
  root: string,
  compile: (root: string) => Promise<boolean>,
  onBegin?: () => void,
): Promise<'unchanged' | 'built' | 'failed'>;
export function compileProject(root: string): Promise<boolean>;
