/** An image that was dropped on one page and is looked at on another: the page of the releases takes it when it opens. */
let dropped: File | null = null;

export function handOver(file: File): void {
  dropped = file;
}

/** @returns the image that was dropped elsewhere, once */
export function takeOver(): File | null {
  const file = dropped;
  dropped = null;
  return file;
}
