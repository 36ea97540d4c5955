import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { may } from '../../domain/permissions.js';
import type { Principal } from '../../domain/principal.js';
import { Allow } from '../../http/allow.js';
import { ApiProblems } from '../../http/openapi.js';
import { CurrentPrincipal } from '../../http/principal.js';
import { TransportError } from '../../http/problem.js';
import { EventsQuery } from '../dto/event.dto.js';
import { EventStreams } from './event-streams.js';

@ApiTags('events')
@ApiBearerAuth()
@ApiProblems('UNAUTHENTICATED', 'NOT_ALLOWED', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/events')
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  @Get()
  @Allow('viewer')
  @ApiOperation({
    summary: 'Follow what happens',
    description:
      'A stream of server-sent events: `event` is the kind, `data` an EventResponse. At most one a second for each entity, ' +
      'the newest. The event `reset` says that events may have been missed: read the lists again. Events of the audit log ' +
      'take the role admin.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last event that was received, at most an hour ago: continues behind it.',
  })
  @ApiResponse({
    status: 200,
    description: 'The events, until the client closes the stream, its access ends or the server stops.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiProblems('VALIDATION_FAILED', 'TOO_MANY_STREAMS', 'OVERLOADED')
  async follow(
    @CurrentPrincipal() principal: Principal,
    @Query() { kinds }: EventsQuery,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    if (kinds?.includes('audit') === true && !may(principal.role, 'admin')) {
      const sentence = `The events of the audit log take the role admin; yours is ${principal.role}.`;
      throw new TransportError('NOT_ALLOWED', sentence);
    }
    const lastEventId = request.headers['last-event-id'];
    await this.streams.open(principal, request, response, {
      kinds,
      lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
    });
  }
}
