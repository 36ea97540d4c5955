import type { AppConfig } from '../config/app-config.js';
import { readDotenv } from '../config/dotenv.js';
import { loadConfig } from '../config/load-config.js';
import { storeOf } from '../storage/store-of.js';

/**
 * The configuration of this process, as the environment and the file of the environment say now.
 * @throws ConfigError
 */
export const readConfig = (): AppConfig =>
  loadConfig(readDotenv(), (settings) => storeOf(settings).findSettingError());
