import { Body, Controller, Get, HttpCode, Module, Post } from '@nestjs/common';
import { IsInt, IsString } from 'class-validator';
import { Allow } from '../../src/http/allow.js';
import { Public } from '../../src/http/public.js';
import { Client } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

class Note {
  @IsString()
  text!: string;

  @IsInt()
  stars!: number;
}

@Controller('api/ota/admin/notes')
class NotesController {
  @Post()
  @Allow('operator')
  @HttpCode(200)
  add(@Body() note: Note) {
    return { kept: note };
  }
}

@Public()
@Controller('elsewhere/:id')
class ElsewhereController {
  @Post('things')
  @HttpCode(200)
  add(@Body() body: Record<string, unknown>) {
    return { got: body };
  }

  @Get()
  read() {
    return { read: true };
  }
}

@Module({ controllers: [NotesController, ElsewhereController] })
class NewModule {}

describe('a controller that nothing but its module names', () => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    app = await startTestApp({ modules: [NewModule] });
    client = new Client(app);
  });
  afterAll(() => app.close());

  it('gets its JSON body among the admin’s, with the limit, the headers and the guard of all of them', async () => {
    const note = { text: 'x'.repeat(500_000), stars: 5 };
    const kept = await client.admin('POST', '/notes', { body: note });
    expect([kept.status, kept.body]).toEqual([200, { kept: note }]);
    expect(kept.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect((await client.send('POST', '/api/ota/admin/notes', { body: note })).body.code).toBe(
      'UNAUTHENTICATED',
    );
    expect((await client.admin('POST', '/notes', { body: {} })).body.code).toBe('VALIDATION_FAILED');
    expect((await client.admin('POST', '/notes', { body: '{' })).body.code).toBe('MALFORMED_JSON');
    const large = { body: JSON.stringify({ ...note, text: 'x'.repeat(1024 * 1024) }) };
    expect((await client.admin('POST', '/notes', large)).body.code).toBe('BODY_TOO_LARGE');
  });

  it('gets it under a path that is in no URL space, with the strictest limit', async () => {
    const answer = await client.send('POST', '/elsewhere/7/things', { body: { a: [1] } });
    expect([answer.status, answer.body]).toEqual([200, { got: { a: [1] } }]);
    const large = { body: { text: 'x'.repeat(9000) } };
    expect((await client.send('POST', '/elsewhere/7/things', large)).body.code).toBe('BODY_TOO_LARGE');
    expect((await client.send('GET', '/elsewhere/7')).body).toEqual({ read: true });
  });

  it('keeps the server from starting when it is open where nothing is', async () => {
    @Public()
    @Controller('api/ota/admin/secrets')
    class OpenController {
      @Get()
      read() {
        return {};
      }
    }
    @Module({ controllers: [OpenController] })
    class OpenModule {}
    const start = startTestApp({ database: app.database, modules: [OpenModule] });
    await expect(start).rejects.toThrow(/OpenController\.read is public, but \/api\/ota\/admin\/secrets/);
  });
});
