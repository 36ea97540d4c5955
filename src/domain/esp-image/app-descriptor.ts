/** Bytes of `esp_app_desc_t`, which an application has at the head of its first segment. */
export const DESCRIPTOR_BYTES = 256;
export const DESCRIPTOR_MAGIC = 0xabcd5432;

/** What the build says of itself. @see esp_app_desc.h of ESP-IDF */
export interface AppDescriptor {
  /** PROJECT_VER: a semantic version, or often the output of `git describe`. */
  readonly version: string;
  readonly projectName: string;
  /** For anti-rollback: a device refuses one below that of its eFuses. */
  readonly secureVersion: number;
  readonly idfVersion: string;
  /** `Mmm dd yyyy` and `hh:mm:ss` of the build machine; empty in reproducible builds. */
  readonly buildDate: string;
  readonly buildTime: string;
  /** SHA-256 of the ELF file; null where the build left it out. */
  readonly elfHash: string | null;
  /** Major × 100 + minor; null from builds older than ESP-IDF 5.1. */
  readonly minEfuseBlockRevision: number | null;
  readonly maxEfuseBlockRevision: number | null;
  /** Bytes; null from builds older than ESP-IDF 5.4. */
  readonly mmuPageSize: number | null;
}

/** @returns null when these bytes are no descriptor; `warnings` takes what is odd about it */
export function parseDescriptor(bytes: Buffer, warnings: string[]): AppDescriptor | null {
  if (bytes.length < DESCRIPTOR_BYTES || bytes.readUInt32LE(0) !== DESCRIPTOR_MAGIC) return null;
  const text = (offset: number, length: number, name: string): string => {
    const field = bytes.subarray(offset, offset + length);
    const end = field.indexOf(0);
    if (end === -1) warnings.push(`The ${name} of the image is not ended by a NUL; devices may show more.`);
    return readableText(end === -1 ? field : field.subarray(0, end));
  };
  const elfHash = bytes.subarray(0x90, 0xb0);
  const [minEfuse, maxEfuse, pageLog2] = [
    bytes.readUInt16LE(0xb0),
    bytes.readUInt16LE(0xb2),
    bytes.readUInt8(0xb4),
  ];
  const knowsEfuses = maxEfuse !== 0;
  return {
    secureVersion: bytes.readUInt32LE(4),
    version: text(0x10, 32, 'version'),
    projectName: text(0x30, 32, 'project name'),
    buildTime: text(0x50, 16, 'build time'),
    buildDate: text(0x60, 16, 'build date'),
    idfVersion: text(0x70, 32, 'ESP-IDF version'),
    elfHash: elfHash.every((byte) => byte === 0) ? null : elfHash.toString('hex'),
    minEfuseBlockRevision: knowsEfuses ? minEfuse : null,
    maxEfuseBlockRevision: knowsEfuses && maxEfuse !== 0xffff ? maxEfuse : null,
    mmuPageSize: pageLog2 >= 8 && pageLog2 <= 20 ? 2 ** pageLog2 : null,
  };
}

/** UTF-8, with escapes for what a terminal or a page should not be given. */
function readableText(bytes: Buffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.replace(/[\p{C}\p{Zl}\p{Zp}\\]/gu, (character) => escaped(Buffer.from(character)));
  } catch {
    return Array.from(bytes, (byte) =>
      byte >= 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : escaped(Buffer.of(byte)),
    ).join('');
  }
}

const escaped = (bytes: Buffer): string =>
  Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
