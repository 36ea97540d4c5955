import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import icons from 'unplugin-icons/vite';
import { defineConfig, type Plugin } from 'vite';

const root = dirname(fileURLToPath(import.meta.url));
const outDir = join(root, '../dist/web');

/** The server sends what is on its disk: it compresses nothing while a browser waits. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      mkdirSync(outDir, { recursive: true });
      const files = readdirSync(outDir, { recursive: true, withFileTypes: true });
      for (const file of files) {
        if (!file.isFile() || !/\.(js|css|html|svg|txt)$/.test(file.name)) continue;
        const path = join(file.parentPath, file.name);
        const content = readFileSync(path);
        if (content.length < 1024) continue;
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
      }
    },
  };
}

/** Parts of most pages: tables, states, times, scales of charts. The page to log in needs none of them. */
const FRAME =
  /src\/(ui\/(virtual-table|toasts|status|time|numbers|states|page|chip)|charts\/use-width)\.|node_modules\/(d3-(scale|array|interpolate|color|format|time|time-format)|internmap|@tanstack\/(react-virtual|virtual-core))\//;

/** `npm run web:dev` shows the sources, with the API of the server in OTA_SERVER. */
const server = process.env['OTA_SERVER'] ?? 'http://localhost:8000';

export default defineConfig({
  root,
  plugins: [react(), tailwindcss(), icons({ compiler: 'jsx', jsx: 'react', scale: 1 }), compressed()],
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the pages allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
    rolldownOptions: {
      checks: { bundlerTimings: false },
      // What most pages need is loaded with the frame, once, instead of by the first page that needs it.
      output: {
        codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: 'frame', test: FRAME }] },
      },
    },
  },
  server: { proxy: { '/api': server, '/health': server, '/docs': server } },
});
