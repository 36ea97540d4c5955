import type { ReactNode } from 'react';
import { bytes } from './numbers';
import { Fact, Facts } from './page';

/** What the server has read from an application image. */
export interface ReadImage {
  readonly chip: string;
  readonly project_name: string;
  readonly version: string;
  readonly secure_version: number;
  readonly idf_version: string;
  readonly build_date: string;
  readonly build_time: string;
  readonly min_chip_revision: number;
  readonly max_chip_revision: number | null;
  readonly image_size: number;
  readonly flash_size: number | null;
  readonly signature: {
    readonly scheme: 'none' | 'secure-boot-v1' | 'secure-boot-v2';
    readonly blocks: readonly { readonly algorithm: string; readonly key_digest: string }[];
  };
}

interface ImageFactsProps {
  readonly image: ReadImage;
  readonly size: number;
  readonly hash: string;
  /** Further facts, first. */
  readonly children?: ReactNode;
}

/** What is in an image, as a person compares it with what was built. */
export function ImageFacts({ image, size, hash, children }: ImageFactsProps) {
  return (
    <Facts>
      {children}
      <Fact name="Chip">
        {image.chip}, {revisions(image)}
      </Fact>
      <Fact name="Project">{image.project_name}</Fact>
      <Fact name="Version in the image">{image.version}</Fact>
      <Fact name="Signature">
        <Signature image={image} />
      </Fact>
      <Fact name="Secure version">{image.secure_version}</Fact>
      <Fact name="ESP-IDF">{image.idf_version}</Fact>
      <Fact name="Built">
        {image.build_date} {image.build_time}
      </Fact>
      <Fact name="Size">
        <span className="tnum">{bytes(size)}</span>
        {image.flash_size !== null && (
          <span className="text-ink-3"> for a flash of {bytes(image.flash_size)}</span>
        )}
      </Fact>
      <Fact name="SHA-256">
        <span className="mono text-xs break-all">{hash}</span>
      </Fact>
    </Facts>
  );
}

/** Revisions of a chip are written as ESP-IDF writes them: 3 is v0.3, 199 is v1.99. */
export const revision = (number: number): string => `v${Math.floor(number / 100)}.${number % 100}`;

export function revisions({ min_chip_revision, max_chip_revision }: ReadImage): string {
  if (max_chip_revision === null || max_chip_revision >= 65_535)
    return `revision ${revision(min_chip_revision)} and later`;
  return `revision ${revision(min_chip_revision)} to ${revision(max_chip_revision)}`;
}

const SCHEMES = {
  none: 'not signed',
  'secure-boot-v1': 'Secure Boot v1',
  'secure-boot-v2': 'Secure Boot v2',
} as const;

export function signatureOf({ signature }: ReadImage): string {
  const algorithms = [...new Set(signature.blocks.map(({ algorithm }) => algorithm))];
  return [SCHEMES[signature.scheme], ...algorithms].join(', ');
}

function Signature({ image }: { readonly image: ReadImage }) {
  return (
    <>
      {signatureOf(image)}
      {image.signature.blocks.map(({ key_digest }) => (
        <span key={key_digest} className="mono block truncate text-xs text-ink-3" title={key_digest}>
          key {key_digest.slice(0, 16)}…
        </span>
      ))}
    </>
  );
}
