import { walkImage } from './image-walk.js';

describe('the walk over an image', () => {
  it('passes on what fails in whoever feeds it, which is not the fault of the image', () => {
    const walk = walkImage({ offset: 0, digest: () => Buffer.alloc(32) });
    walk.next();
    expect(() => walk.throw(new Error('the disk is gone'))).toThrow('the disk is gone');
  });

  it('says of a file that ends at once where it ends', () => {
    const walk = walkImage({ offset: 0, digest: () => Buffer.alloc(32) });
    walk.next();
    expect(walk.next(Buffer.alloc(0))).toMatchObject({ done: true, value: { kind: 'broken' } });
  });
});
