import 'reflect-metadata';
import { Agent, createServer, get, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
  SetMetadata,
} from '@nestjs/common';
import { IsIn, IsInt, IsOptional, Max, Min, registerDecorator, ValidateNested } from 'class-validator';
import express, { type Request } from 'express';
import { routeOf } from '../../src/http/internals/controller-routes.js';
import { fieldNamesOf, fieldRulesOf } from '../../src/http/internals/dto-rules.js';
import { allowedMethods } from '../../src/http/internals/express-routes.js';
import { stopListening, takeOddRequests } from '../../src/http/internals/node-server.js';

/** Fails when a dependency changes what it does not document and this server relies on. */
describe('what Nest’s decorators write on a controller', () => {
  class Dto {
    field!: string;
  }

  @Controller(['api/things', '/api/others/'])
  @SetMetadata('mark', 'of the class')
  class ThingsController {
    @Post()
    add(@Body() body: Dto, @Headers('x') x: string) {
      return [this, body, x];
    }

    @Get('/:id/')
    @HttpCode(203)
    @SetMetadata('mark', 'of the method')
    read(
      @Res() response: object,
      @Param() id: Dto,
      @Query() query: Record<string, unknown>,
      @Req() request: object,
    ) {
      return [response, id, query, request];
    }

    helper() {
      return this;
    }
  }
  const controller = new ThingsController();

  it('tells its routes', () => {
    expect(routeOf(controller, 'helper')).toBeNull();
    const [add, read] = [routeOf(controller, 'add')!, routeOf(controller, 'read')!];
    expect(add).toMatchObject({ name: 'ThingsController.add', verb: 'POST', status: 201 });
    expect(add.paths).toEqual(['/api/things', '/api/others']);
    expect(add.metadata('mark')).toBe('of the class');
    expect(read).toMatchObject({ verb: 'GET', status: 203, paths: ['/api/things/:id', '/api/others/:id'] });
    expect(read.metadata('mark')).toBe('of the method');
    expect(read.metadata('another')).toBeUndefined();
    expect(add.call([1, 2])).toEqual([controller, 1, 2]);
  });

  it('tells the parameters of each', () => {
    const kinds = (name: string) =>
      [...routeOf(controller, name)!.parameters]
        .sort((a, b) => a.index - b.index)
        .map(({ kind, type }) => [kind, type]);
    expect(kinds('add')).toEqual([
      ['body', Dto],
      ['other', String],
    ]);
    expect(kinds('read')).toEqual([
      ['response', Object],
      ['param', Dto],
      ['query', Object],
      ['request', Object],
    ]);
  });
});

describe('what class-validator keeps of a DTO', () => {
  const isOdd = (target: object, property: string) => {
    registerDecorator({
      name: 'isOdd',
      target: target.constructor,
      propertyName: property,
      validator: { validate: (value: unknown) => Number(value) % 2 === 1 },
    });
  };

  class Base {
    @IsIn(['a', 'b'])
    name!: string;
  }
  class Dto extends Base {
    @IsOptional()
    @IsInt()
    @Min(1)
    @Max(9)
    @isOdd
    digit?: number;
  }

  it('is the names of the fields, also those of its base', () => {
    expect([...fieldNamesOf(Dto)].sort()).toEqual(['digit', 'name']);
    expect(fieldNamesOf(String).size).toBe(0);
  });

  it('is rules that can be asked one by one, and conditions', () => {
    const digit = fieldRulesOf(Dto).find(({ field }) => field === 'digit')!;
    expect(digit.rules.map(({ name, args }) => [name, args.constraints[0]]).sort()).toEqual([
      ['isInt', undefined],
      ['isOdd', undefined],
      ['max', 9],
      ['min', 1],
    ]);
    const says = (value: unknown) =>
      digit.rules.every(({ validate, args }) => validate(value, { ...args, value, object: {} }) === true);
    expect([3, 4, 11, 0.5].map(says)).toEqual([true, false, false, false]);
    const [applies] = digit.conditions;
    expect([applies!({ digit: 1 }, 1), applies!({}, undefined)]).toEqual([true, false]);
  });

  it('is refused when it is more than that', () => {
    class Nested {
      @ValidateNested()
      a!: object;
    }
    expect(() => fieldRulesOf(Nested)).toThrow('nestedValidation');
  });
});

describe('the routes that Express has', () => {
  it('tell which methods a path takes', () => {
    const app = express();
    app.use('/things', (_request, _response, next) => {
      next();
    });
    app.get('/things/:id', (_request, response) => void response.end());
    app.delete('/things/:id', (_request, response) => void response.end());
    app.post('/things', (_request, response) => void response.end());
    const methods = (path: string) => allowedMethods({ app, path } as unknown as Request);
    expect(methods('/things/1')).toEqual(['DELETE', 'GET', 'HEAD']);
    expect(methods('/things')).toEqual(['POST']);
    expect(methods('/others')).toEqual([]);
  });
});

describe('Node’s HTTP server', () => {
  let server: Server;

  beforeEach(async () => {
    server = createServer((request, response) => {
      request.resume();
      setTimeout(() => response.end('answered'), 50);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => server.close());

  const exchange = (request: string) =>
    new Promise<string>((resolve) => {
      const { port } = server.address() as AddressInfo;
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      let answer = '';
      socket.on('data', (bytes) => (answer += bytes.toString()));
      socket.on('error', () => undefined);
      socket.on('end', () => socket.end());
      socket.on('close', () => resolve(answer));
      socket.end(request);
    });

  it('answers a client that ends its side first, and a request without Host, when it is told to', async () => {
    takeOddRequests(server);
    expect(await exchange('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toContain('answered');
    expect(await exchange('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toContain('answered');
  });

  it('keeps idle connections when it only stops listening', async () => {
    const agent = new Agent({ keepAlive: true });
    const { port } = server.address() as AddressInfo;
    const ask = () =>
      new Promise<void>((resolve, reject) => {
        get({ port, host: '127.0.0.1', agent }, (response) => response.resume().on('end', resolve)).on(
          'error',
          reject,
        );
      });
    await ask();
    const closed = new Promise<void>((resolve) => stopListening(server, resolve));
    expect(server.listening).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await ask();
    agent.destroy();
    await closed;
  });

  it('answers neither by itself', async () => {
    expect(await exchange('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).not.toContain(
      'answered',
    );
    expect(await exchange('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
});
