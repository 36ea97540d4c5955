import { ConsoleLogger, type LogLevel as NestLogLevel } from '@nestjs/common';
import type { LogLevel } from '../config/app-config.js';
import { currentRequestId } from './request-context.js';

/** Nest's names, most severe first. Nest says `log` where everybody else says `info`. */
const LEVELS: readonly NestLogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];

/** What the framework says of its own wiring is of no use to operators. */
const WIRING = ['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication'];

/** Lines for a person on a terminal, JSON elsewhere; each carries the id of the request it belongs to. */
export class AppLogger extends ConsoleLogger {
  constructor(level: LogLevel, isTerminal = process.stdout.isTTY) {
    super({ json: !isTerminal, colors: isTerminal, logLevels: levelsDownTo(level) });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (WIRING.includes(String(rest.at(-1)))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  protected override getJsonLogObject(
    ...args: Parameters<ConsoleLogger['getJsonLogObject']>
  ): ReturnType<ConsoleLogger['getJsonLogObject']> {
    const requestId = currentRequestId();
    return { ...super.getJsonLogObject(...args), ...(requestId !== undefined && { request_id: requestId }) };
  }

  protected override formatContext(context: string): string {
    const requestId = currentRequestId();
    return super.formatContext(context) + (requestId === undefined ? '' : `${requestId} `);
  }
}

function levelsDownTo(level: LogLevel): NestLogLevel[] {
  const name = level === 'info' ? 'log' : level;
  return LEVELS.slice(0, LEVELS.indexOf(name) + 1);
}
