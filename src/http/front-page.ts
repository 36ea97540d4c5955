import type { INestApplication } from '@nestjs/common';
import type { Request, Response } from 'express';

/** What a person finds who opens the server's address in a browser. */
export function serveFrontPage(app: INestApplication, { docs }: { readonly docs: boolean }): void {
  const guide = docs
    ? '<p><a href="/docs">API documentation</a>: every endpoint, to read and to try.</p>'
    : '<p>The API documentation is turned off on this server (DOCS=off).</p>';
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>OTA server</title>
<h1>OTA server</h1>
<p>This server offers firmware updates to devices. It is running.</p>
${guide}
<p><a href="/health/ready">Health</a></p>
</html>
`;
  app.getHttpAdapter().get('/', (_request: Request, response: Response) => {
    response.setHeader('Content-Security-Policy', "default-src 'none'");
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.type('html').send(page);
  });
}
