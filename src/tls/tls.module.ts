import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SessionTickets } from './session-tickets.js';
import { TicketKeyEntity } from './ticket-key.entity.js';
import { TicketKeyRepository } from './ticket-key.repository.js';

@Module({
  imports: [TypeOrmModule.forFeature([TicketKeyEntity])],
  providers: [SessionTickets, TicketKeyRepository],
})
export class TlsModule {}
