import { Dialog } from '@base-ui/react/dialog';
import type { DialogProps } from './dialog-props';

export default function DialogPopup({ open, onClose, title, children }: DialogProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-[rgb(0_0_0/35%)]" />
        <Dialog.Popup
          initialFocus={firstFocus}
          className="fixed top-1/2 left-1/2 z-40 max-h-[85dvh] w-[min(480px,calc(100vw-32px))] -translate-1/2 overflow-auto rounded-lg border border-line bg-panel p-5 shadow-float outline-none"
        >
          <Dialog.Title className="text-lg font-semibold">{title}</Dialog.Title>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** What a dialog marks, such as the button that does nothing; else the first that takes the keyboard. */
const firstFocus = (): HTMLElement | true =>
  document.querySelector<HTMLElement>('[role="dialog"] [data-first-focus]') ?? true;
