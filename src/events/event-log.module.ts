import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventEntity } from './event.entity.js';
import { EventLog } from './event-log.js';
import { EventRepository } from './event.repository.js';

/** What is needed to record events; EventsModule is for those who hear of them. */
@Module({
  imports: [TypeOrmModule.forFeature([EventEntity])],
  providers: [EventLog, EventRepository],
  exports: [EventLog, EventRepository],
})
export class EventLogModule {}
