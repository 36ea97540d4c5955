import { anEspImage } from '../../test/support/esp-image-builder.js';
import { readBytes } from '../../test/support/reading.js';
import type { DomainError } from './errors.js';
import {
  detailOf,
  formatFinding,
  OVERRIDES,
  recordOf,
  refuse,
  standingFindings,
  trustFinding,
  versionFinding,
  type Finding,
  type ImageRecord,
} from './image-rules.js';
import { say } from './sentence.js';

const FREE = { chipId: null, secureVersion: null };
const recordFor = async (bytes: Buffer): Promise<ImageRecord> => recordOf((await readBytes(bytes)).verdict);
const codes = (findings: readonly (Finding | null)[]): unknown[] => findings.map((finding) => finding?.code);

describe('the rules for images', () => {
  it('take an application; what is none only where that is allowed, and never what is refused', async () => {
    const verdictOf = async (bytes: Buffer) => (await readBytes(bytes)).verdict;
    const application = await verdictOf(anEspImage().build());
    const unknown = await verdictOf(Buffer.from('PK\x03\x04', 'latin1'));
    const text = await verdictOf(Buffer.from('# README'));
    expect([application, unknown, text].map((verdict) => formatFinding(verdict, true)?.code)).toEqual([
      undefined,
      'IMAGE_REQUIRED',
      'IMAGE_IS_TEXT',
    ]);
    expect(codes([application, unknown, text].map((verdict) => formatFinding(verdict, false)))).toEqual([
      undefined,
      undefined,
      'IMAGE_IS_TEXT',
    ]);
    expect(formatFinding(unknown, true)).toMatchObject({ override: 'allowUnknownFormat' });
    expect(formatFinding(text, true)).toMatchObject({ override: null });
  });

  it('keep what was read, with warnings', async () => {
    expect(await recordFor(anEspImage().build())).toMatchObject({ kind: 'application', warnings: [] });
    expect(await recordFor(anEspImage().version('2f061cb').build())).toMatchObject({
      warnings: [expect.stringMatching(/"2f061cb", is not a semantic version/)],
    });
    expect(await recordFor(Buffer.from('PK\x03\x04', 'latin1'))).toEqual({
      kind: 'unknown',
      warnings: [expect.stringMatching(/zip/)],
    });
    expect(await recordFor(Buffer.from('# README'))).toEqual({ kind: 'unknown', warnings: [] });
    const padded = Buffer.concat([anEspImage().build(), Buffer.alloc(10, 0xff)]);
    expect(await recordFor(padded)).toMatchObject({ kind: 'application', image: { chipId: 5 } });
  });

  it('bind to the chip and the secure version of those before', async () => {
    const record = await recordFor(anEspImage().chip(0x05).secureVersion(1).build());
    expect(codes(standingFindings(record, FREE))).toEqual([]);
    expect(codes(standingFindings(record, { chipId: 5, secureVersion: 1 }))).toEqual([]);
    const both = standingFindings(record, { chipId: 0x12, secureVersion: 2 });
    expect(codes(both)).toEqual(['CHIP_MISMATCH', 'SECURE_VERSION_LOWER']);
    expect(standingFindings({ kind: 'unknown', warnings: [] }, { chipId: 0x12, secureVersion: 2 })).toEqual(
      [],
    );
  });

  it('trust nobody else where somebody is trusted', async () => {
    const record = await recordFor(anEspImage().build());
    expect(trustFinding(record, new Set())).toBeNull();
    expect(trustFinding(record, new Set(['ab']))).toMatchObject({
      code: 'IMAGE_NOT_TRUSTED',
      override: null,
    });
    expect(trustFinding({ kind: 'unknown', warnings: [] }, new Set(['ab']))?.code).toBe('IMAGE_NOT_TRUSTED');
  });

  it('compare the version that an image says with what it is published as', async () => {
    const publication = { version: '1.1.0', build: 1, minCurrentVersion: null, offerToUnparsable: false };
    const violation = async (version: string) =>
      versionFinding(await recordFor(anEspImage().version(version).build()), publication)?.override;
    expect(await violation('1.1.0')).toBeUndefined();
    expect(await violation('1.0.0')).toBe('allowVersionMismatch');
    expect(await violation('abc')).toBe('allowUnparsableVersion');
    expect(versionFinding({ kind: 'unknown', warnings: [] }, publication)).toBeNull();
  });

  it.each(OVERRIDES)('%s overrules its own finding and no other', (override) => {
    const finding: Finding = { code: 'CHIP_MISMATCH', reason: 'It does not fit.', override };
    expect(say(detailOf(finding))).toBe(`It does not fit. If it is meant so, send ${override}=true.`);
    const refused = (overrides: object): string | undefined => {
      try {
        refuse([null, finding], overrides);
        return undefined;
      } catch (error) {
        return (error as DomainError).message;
      }
    };
    expect(refused({ [override]: true })).toBeUndefined();
    for (const other of OVERRIDES.filter((name) => name !== override)) {
      expect(refused({ [other]: true, [override]: false })).toBe(say(detailOf(finding)));
    }
  });
});
