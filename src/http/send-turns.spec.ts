import { SendTurns } from './send-turns.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the turns of sending', () => {
  it('are taken at once while little is sent', async () => {
    const turns = new SendTurns(100);
    for (let turn = 0; turn < 3; turn++) {
      expect(turns.take(60)).toBeUndefined();
      expect(turns.take(60)).toBeUndefined();
      await nextTurn();
    }
  });

  it('are spread when much is, in the order of those who ask', async () => {
    const turns = new SendTurns(100);
    const begun: number[] = [];
    for (let n = 0; n < 7; n++) void (turns.take(60) ?? Promise.resolve()).then(() => begun.push(n));
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);
    await nextTurn();
    expect(begun).toEqual([0, 1, 2, 3]);
    expect(turns.take(1)).toBeInstanceOf(Promise);
    await nextTurn();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
    await nextTurn();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
    await nextTurn();
    expect(turns.take(1)).toBeUndefined();
  });
});
