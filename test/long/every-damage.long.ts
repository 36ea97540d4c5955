import fc from 'fast-check';
import { anEspImage } from '../support/esp-image-builder.js';
import { flipBit } from '../support/esp-image-defects.js';
import { outcomeOf } from '../support/reading.js';

/** `npm run test:long`: what the specs sample, without leaving anything out. */
describe('an image of 64 KiB', () => {
  const image = anEspImage()
    .size(65_536 - 4_096)
    .build();

  it('is refused with any one of its bits turned', async () => {
    const taken: number[] = [];
    for (let bit = 0; bit < image.length * 8; bit++) {
      if (!(await outcomeOf(flipBit(image, bit))).startsWith('IMAGE_')) taken.push(bit);
    }
    expect(taken).toEqual([]);
  });

  it('is refused cut off at any length', async () => {
    const taken: number[] = [];
    for (let length = 0; length < image.length; length++) {
      if (!(await outcomeOf(image.subarray(0, length))).startsWith('IMAGE_')) taken.push(length);
    }
    expect(taken).toEqual([]);
  });

  it('may be changed in 10,000 ways without anything but a verdict', async () => {
    const edit = fc.record({
      at: fc.nat(image.length - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
      kind: fc.constantFrom('overwrite', 'insert', 'remove'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let bytes = image;
        for (const { at, bytes: other, kind } of edits) {
          const rest = bytes.subarray(at + (kind === 'insert' ? 0 : other.length));
          bytes = Buffer.concat([bytes.subarray(0, at), kind === 'remove' ? Buffer.alloc(0) : other, rest]);
        }
        expect(await outcomeOf(bytes)).toMatch(bytes.equals(image) ? /^application$/ : /^(IMAGE_|unknown)/);
      }),
      { numRuns: 10_000, seed: 1 },
    );
  });

  it('has the size that it should', () => {
    expect(image.length).toBeGreaterThanOrEqual(60_000);
  });
});
