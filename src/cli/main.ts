#!/usr/bin/env node
import { processIo } from './process-io.js';
import { runOta } from './run-ota.js';

process.exitCode = await runOta(process.argv.slice(2), processIo());
