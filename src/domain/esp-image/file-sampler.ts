import type { FileSample } from './foreign-file.js';

const HEAD_BYTES = 512;

/** Keeps of a file what {@link FileSample} holds, whatever its size. */
export class FileSampler {
  private size = 0;
  private head = Buffer.alloc(0);
  private isBlank = true;
  private readonly probes = new Map<number, number | undefined>([
    [0x1000, undefined],
    [0x2000, undefined],
    [0x8000, undefined],
    [0x8001, undefined],
  ]);

  push(bytes: Buffer): void {
    if (this.head.length < HEAD_BYTES) {
      this.head = Buffer.concat([this.head, bytes.subarray(0, HEAD_BYTES - this.head.length)]);
    }
    this.isBlank &&= bytes.every((byte) => byte === 0xff);
    for (const at of this.probes.keys()) {
      const byte = bytes[at - this.size];
      if (byte !== undefined) this.probes.set(at, byte);
    }
    this.size += bytes.length;
  }

  sample(): FileSample {
    const [low, high] = [this.probes.get(0x8000), this.probes.get(0x8001)];
    return {
      size: this.size,
      head: this.head,
      isBlank: this.isBlank,
      at0x1000: this.probes.get(0x1000),
      at0x2000: this.probes.get(0x2000),
      at0x8000: low === undefined || high === undefined ? undefined : low | (high << 8),
    };
  }
}
