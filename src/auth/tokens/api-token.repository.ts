import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository, type EntityManager } from 'typeorm';
import { batchLimits, inTransaction } from '../../database/transaction.js';
import { ApiTokenEntity } from './api-token.entity.js';

export type ApiToken = Readonly<Omit<ApiTokenEntity, 'tokenHash'>>;

export type TokenAccess = Pick<ApiTokenEntity, 'id' | 'userId' | 'name' | 'role' | 'tokenHash' | 'expiresAt'>;

export type NewToken = Pick<
  ApiTokenEntity,
  'userId' | 'name' | 'role' | 'tokenPrefix' | 'tokenHash' | 'expiresAt'
>;

/** When a token was last used. */
export interface TokenUse {
  readonly tokenId: number;
  readonly at: Date;
}

@Injectable()
export class ApiTokenRepository {
  constructor(@InjectRepository(ApiTokenEntity) private readonly tokens: Repository<ApiTokenEntity>) {}

  /** All that were not revoked. */
  findLive(): Promise<TokenAccess[]> {
    return this.tokens.find({
      select: { id: true, userId: true, name: true, role: true, tokenHash: true, expiresAt: true },
      where: { revokedAt: IsNull() },
    });
  }

  /** Those that were not revoked, the newest first. @param userId null: of all users */
  async list(
    userId: number | null,
    skip: number,
    take: number,
  ): Promise<{ tokens: ApiToken[]; total: number }> {
    const [tokens, total] = await this.tokens.findAndCount({
      where: { revokedAt: IsNull(), ...(userId !== null && { userId }) },
      order: { id: 'DESC' },
      skip,
      take,
    });
    return { tokens, total };
  }

  findLiveById(manager: EntityManager, id: number): Promise<ApiToken | null> {
    return manager.findOneBy(ApiTokenEntity, { id, revokedAt: IsNull() });
  }

  /** The names of a user's tokens that were not revoked. */
  async findNames(manager: EntityManager, userId: number): Promise<string[]> {
    const found = await manager.find(ApiTokenEntity, {
      select: { name: true },
      where: { userId, revokedAt: IsNull() },
    });
    return found.map(({ name }) => name);
  }

  async insert(manager: EntityManager, token: NewToken): Promise<ApiToken> {
    const { identifiers } = await manager.insert(ApiTokenEntity, token);
    return manager.findOneByOrFail(ApiTokenEntity, { id: Number(identifiers[0]?.['id']) });
  }

  async revoke(manager: EntityManager, id: number): Promise<void> {
    await manager.update(ApiTokenEntity, { id }, { revokedAt: () => 'now()' });
  }

  /** Each token at most once, in the order of the ids. A time never goes back. */
  async noteUses(uses: readonly TokenUse[], isCareful: boolean): Promise<void> {
    const note = (manager: EntityManager): Promise<unknown> =>
      manager.query(
        `UPDATE api_token SET last_used_at = at
           FROM unnest($1::bigint[], $2::timestamptz[]) AS used (token_id, at)
          WHERE id = token_id AND (last_used_at IS NULL OR last_used_at < at)`,
        [uses.map(({ tokenId }) => tokenId), uses.map(({ at }) => at)],
      );
    await inTransaction(this.tokens.manager, note, batchLimits(isCareful));
  }
}
