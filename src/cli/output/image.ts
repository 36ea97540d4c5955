import { chipName } from '../../domain/esp-image/chips.js';
import type { EspImage, FileReading, ImageVerdict } from '../../domain/esp-image/esp-image.js';
import { bytes, whole } from './format.js';
import type { Output } from './output.js';
import { renderFacts } from './table.js';

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
/** Formats 199 as `v1.99`. */
const revision = (value: number | null): string =>
  value === null ? 'any' : `v${Math.floor(value / 100)}.${value % 100}`;

/** Renders the output of `ota inspect`. */
export function renderReading({ size, hash, verdict }: FileReading, { width, style }: Output): string {
  const image = verdict.kind === 'unknown' ? null : verdict.image;
  return renderFacts(
    [
      ['Verdict', verdictText(verdict)],
      ...(image ? imageFacts(image) : []),
      ['File', `${whole(size)} bytes`],
      ['SHA-256', hash],
    ],
    width,
    style,
  );
}

function verdictText(verdict: ImageVerdict): string {
  switch (verdict.kind) {
    case 'application':
      return 'a complete application image';
    case 'refused':
      return `refused, ${verdict.code}`;
    case 'unknown':
      return 'not an ESP32 application image';
  }
}

function imageFacts(image: EspImage): [string, string][] {
  const { app, flash, signature, segments } = image;
  const keys = signature.scheme === 'secure-boot-v2' ? signature.blocks : [];
  return [
    [
      'Chip',
      `${chipName(image.chipId)}, revision ${revision(image.minChipRevision)} to ${revision(image.maxChipRevision)}`,
    ],
    ['Project', app.projectName],
    ['Version', app.version],
    ['Secure version', String(app.secureVersion)],
    ['ESP-IDF', app.idfVersion],
    ['Built', `${app.buildDate} ${app.buildTime}`.trim() || '-'],
    ['ELF SHA-256', app.elfHash ?? '-'],
    [
      'Flash',
      `${flash.mode ?? '?'}, ${flash.size === null ? '?' : `${flash.size / 1024 / 1024} MiB`}, clock ${flash.frequency ?? '?'}`,
    ],
    ['Entry', hex(image.entryAddress)],
    ...segments.map(({ loadAddress, length }, i): [string, string] => [
      `Segment ${i}`,
      `${hex(loadAddress)}, ${bytes(length)}`,
    ]),
    ['Image', `${whole(image.imageSize)} bytes, checksum 0x${image.checksum.toString(16).padStart(2, '0')}`],
    ['Image SHA-256', image.validationHash ?? '-'],
    ['Signature', signature.scheme],
    ...keys.map(({ algorithm, keyDigest }): [string, string] => [`Key, ${algorithm}`, keyDigest]),
  ];
}

/** The JSON output of `ota inspect` without the warnings, with the field names that the server uses. */
export function readingAsJson({ size, hash, verdict }: FileReading): object {
  const image = verdict.kind === 'unknown' ? null : verdict.image;
  return {
    kind: verdict.kind,
    code: verdict.kind === 'refused' ? verdict.code : null,
    reason: verdict.kind === 'application' ? null : verdict.reason,
    file_size: size,
    file_hash: hash,
    application: image && {
      chip: chipName(image.chipId),
      chip_id: image.chipId,
      project_name: image.app.projectName,
      version: image.app.version,
      secure_version: image.app.secureVersion,
      idf_version: image.app.idfVersion,
      build_date: image.app.buildDate,
      build_time: image.app.buildTime,
      elf_sha256: image.app.elfHash,
      validation_hash: image.validationHash,
      image_size: image.imageSize,
      min_chip_revision: image.minChipRevision,
      max_chip_revision: image.maxChipRevision,
      entry_address: image.entryAddress,
      segments: image.segments.map(({ loadAddress, length }) => ({ load_address: loadAddress, length })),
      signature: {
        scheme: image.signature.scheme,
        blocks:
          image.signature.scheme === 'secure-boot-v2'
            ? image.signature.blocks.map(({ algorithm, keyDigest }) => ({ algorithm, key_digest: keyDigest }))
            : [],
      },
    },
  };
}
