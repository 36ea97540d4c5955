import { execFile } from 'node:child_process';
import { Logger } from '@nestjs/common';
import type { AppConfig } from '../config/app-config.js';
import { programEnvironment } from '../config/program-environment.js';

/**
 * Tells systemd that the server is ready (Type=notify). Node has no datagram sockets of the Unix kind, so systemd's own
 * program sends the message.
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
 */
export function tellServiceManager({ notifySocket }: Pick<AppConfig, 'notifySocket'>): void {
  if (notifySocket === null) return;
  const env = { ...programEnvironment(), NOTIFY_SOCKET: notifySocket };
  execFile('systemd-notify', ['--ready', `--pid=${process.pid}`], { env }, (error) => {
    if (error) new Logger('Main').warn(`systemd was not told that the server is ready: ${error.message}`);
  });
}
