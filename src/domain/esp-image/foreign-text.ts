import type { FileSample } from './file-sampler.js';

/** Text that is uploaded instead of an image: how it begins, what it is, what to do. The first that fits counts. */
const KINDS: readonly (readonly [begins: RegExp, what: string, advice: string])[] = [
  [
    /^version https:\/\/(git-lfs|hawser)\.github\.com\/spec\//,
    'a Git LFS pointer, not the image itself',
    'run "git lfs pull" and upload the file that it brings',
  ],
  [
    /^(\.\.\/)*\.?\/?(\.git\/)?annex\/objects\//,
    'a git-annex pointer, not the image itself',
    'run "git annex get" and upload the file that it brings',
  ],
  [
    /^(<!doctype|<html|<head|<body|<\?xml|<error|<!--)/i,
    'an HTML or XML page, perhaps the error page of a failed download',
    'download the image again, and look at the status of the answer (curl --fail)',
  ],
  [
    /^[{[]\s*["{[\]}]/,
    'JSON text, perhaps the answer of an API instead of the file',
    'download the image again, and look at the status of the answer (curl --fail)',
  ],
  [
    /^HTTP\/\d/,
    'an HTTP answer with its headers',
    'download the image without them (curl without --include)',
  ],
  [
    /^([45]\d\d\b|error\b|not found|file not found|forbidden|unauthorized|access denied|bad gateway|too many requests|invalid |request )/i,
    'the text of an error that a download answered',
    'download the image again, and look at the status of the answer (curl --fail)',
  ],
  [
    /^:[0-9A-F]{10,}\s/i,
    'an Intel HEX file, which is text and not what goes into flash',
    'convert it (objcopy --input-target=ihex --output-target=binary), or upload build/<project>.bin',
  ],
  [
    /^S0[0-9A-F]{6,}\s/i,
    'a Motorola S-record file, which is text and not what goes into flash',
    'convert it (objcopy --input-target=srec --output-target=binary), or upload build/<project>.bin',
  ],
  [/^begin(-base64)? [0-7]{3} /, 'a uuencoded file', 'decode it (uudecode) and upload what comes out'],
  [/^-----BEGIN /, 'a PEM file, which holds a key or a certificate', 'upload build/<project>.bin'],
  [
    /^[0-9a-f]{32,128}( [ *]|\s*$)/i,
    'a list of checksums',
    'upload the image that it names, build/<project>.bin',
  ],
  [
    /^[0-9a-f]{6,8}:? +[0-9a-f]{2}/i,
    'a hex dump',
    'turn it back into bytes (xxd -r), or upload build/<project>.bin',
  ],
  [
    /^(0x)?e9([\s,:]*(0x)?[0-9a-f]{2}){8}/i,
    'an image written out in hexadecimal digits',
    'turn it back into bytes (xxd -r -p), or upload build/<project>.bin',
  ],
  [
    /^(data:[^,]*;base64,)?[A-Za-z0-9+/_-]{40,}[A-Za-z0-9+/_=\s-]*$/,
    'Base64 text',
    'decode it (base64 --decode) and upload what comes out',
  ],
  [
    /^[^\s]*\/?[^\s/]+\.(bin|elf)\s*$/,
    'the name of a file, as a symbolic link becomes that was copied as text',
    'upload the file that it names',
  ],
];
const SHOWN = 40;
/** Text of another alphabet in a single-byte encoding has more of them, but then is no text for this purpose. */
const MOST_HIGH_BYTES = 0.3;

/** @returns what kind of text a file is, and what its publisher should do; null when it is no text */
export function recogniseText(sample: FileSample): string | null {
  const text = textOf(sample);
  if (text === null) return null;
  const kind = KINDS.find(([begins]) => begins.test(text));
  if (kind) return `This is ${kind[1]}; ${kind[2]}.`;
  return `This is text (${shown(text)}), which no device can boot; upload build/<project>.bin.`;
}

function textOf(sample: FileSample): string | null {
  const text = readAs8Bit(sample) ?? readAs16Bit(sample.head);
  return text === null ? null : text.replace(/^\uFEFF/, '').trimStart();
}

function readAs8Bit({ head, size, isPrintable, highBytes }: FileSample): string | null {
  if (!isPrintable) return null;
  try {
    // As a stream, since the head may end within a character.
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
  } catch {
    return highBytes < size * MOST_HIGH_BYTES ? head.toString('latin1') : null;
  }
}

/** What PowerShell's `>` writes: UTF-16 with a byte order mark, or plain ASCII in 16 bits. */
function readAs16Bit(head: Buffer): string | null {
  if (head.length < 4) return null;
  const isBigEndian = head[0] === 0xfe && head[1] === 0xff;
  const even = head.subarray(0, head.length - (head.length % 2));
  const text = (isBigEndian ? Buffer.from(even).swap16() : even).toString('utf16le');
  const hasMark = text.startsWith('\uFEFF');
  return (hasMark ? /^[^\p{Cc}\p{Cn}]*$/u : /^[\x20-\x7e]*$/).test(text.replace(/[\t\r\n]/g, ''))
    ? text
    : null;
}

function shown(text: string): string {
  const [line = ''] = text.split(/[\r\n]/, 1);
  const plain = line.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, ' ').trim();
  return plain.length > SHOWN ? `"${plain.slice(0, SHOWN)}…"` : `"${plain}"`;
}
