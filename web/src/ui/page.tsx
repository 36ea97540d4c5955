import { useEffect, type ReactNode } from 'react';
import { classes } from './classes';

interface PageHeadProps {
  readonly title: ReactNode;
  /** For the tab of the browser, when the title is more than a text. */
  readonly name?: string;
  /** Beside the title: a number, a badge. */
  readonly note?: ReactNode;
  /** Buttons, the primary one last; AsCommand first. */
  readonly children?: ReactNode;
}

/** The head of a page: where one is, and what one can do here. It stays when the page scrolls. */
export function PageHead({ title, name, note, children }: PageHeadProps) {
  const tab = name ?? (typeof title === 'string' ? title : undefined);
  useEffect(() => {
    document.title = tab === undefined ? 'OTA server' : `${tab} · OTA server`;
  }, [tab]);
  return (
    <header className="sticky top-0 z-10 flex min-h-14 shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line bg-canvas px-4 py-2 md:px-6">
      <h1 className="min-w-0 text-lg font-semibold">{title}</h1>
      {note !== undefined && <div className="text-sm text-ink-3 tnum">{note}</div>}
      <div className="ml-auto flex flex-wrap items-center justify-end gap-1.5">{children}</div>
    </header>
  );
}

/** What stands below the head, no wider than is read well. Tables do without. */
export function PageBody({ children }: { readonly children: ReactNode }) {
  return <div className="mx-auto grid w-full max-w-[1024px] gap-4 p-4 md:p-6">{children}</div>;
}

interface PanelProps {
  readonly title?: ReactNode;
  /** At the right of the title. */
  readonly aside?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

/** What belongs together, in a frame. */
export function Panel({ title, aside, className, children }: PanelProps) {
  return (
    <section
      className={classes(
        'min-w-0 overflow-clip rounded-lg border border-line bg-panel [&>div+dl]:pt-1',
        className,
      )}
    >
      {title !== undefined && (
        <div className="flex min-h-11 items-center justify-between gap-x-3 px-5 py-1.5 max-[300px]:flex-wrap">
          <h2 className="min-w-0 text-sm font-semibold">{title}</h2>
          {aside !== undefined && <div className="shrink-0 text-sm text-ink-3">{aside}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

interface FactProps {
  readonly name: string;
  readonly children: ReactNode;
}

/** Facts with their names, in as many columns as there is room for. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return (
    <dl className="grid grid-cols-[repeat(auto-fill,minmax(min(140px,100%),1fr))] sm:grid-cols-[repeat(auto-fill,minmax(240px,1fr))] gap-x-6 gap-y-4 p-5">
      {children}
    </dl>
  );
}

export function Fact({ name, children }: FactProps) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{name}</dt>
      <dd className="text-sm">{children}</dd>
    </div>
  );
}
