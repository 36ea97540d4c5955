import type { AppConfig } from '../config/app-config.js';

const AUTH: Readonly<Record<AppConfig['devices']['auth'], string>> = {
  open: 'devices without an identity need no credentials',
  required: 'devices need a token or a certificate',
};

/**
 * Says on the terminal where the server is.
 * @param port the one that it listens on
 * @param password of the first admin, if it was made up
 */
export function printBanner(config: AppConfig, port: number, password: string | null): void {
  const host = ['0.0.0.0', '::'].includes(config.host) ? 'localhost' : config.host;
  const address = `${config.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const lines = [
    `OTA server   ${address}`,
    `Swagger UI   ${address}/docs`,
    `Devices      DEVICE_AUTH=${config.devices.auth}: ${AUTH[config.devices.auth]}`,
    ...(password === null
      ? []
      : [`First admin  ${config.admin.username} / ${password}  (shown only this once)`]),
  ];
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}
