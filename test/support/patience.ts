/** By how much deadlines are longer on a machine that does other things, too; as in jest.config.mjs. */
export const PATIENCE = Number(process.env['TEST_PATIENCE'] ?? 1);
