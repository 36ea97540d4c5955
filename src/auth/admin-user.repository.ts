import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AdminUserEntity } from './admin-user.entity.js';

@Injectable()
export class AdminUserRepository {
  constructor(@InjectRepository(AdminUserEntity) private readonly users: Repository<AdminUserEntity>) {}

  findByUsername(username: string): Promise<AdminUserEntity | null> {
    return this.users.findOneBy({ username });
  }

  findById(id: number): Promise<AdminUserEntity | null> {
    return this.users.findOneBy({ id });
  }

  /** Of all admins, in the order of their names. */
  async findUsernames(): Promise<string[]> {
    const users = await this.users.find({ select: { username: true }, order: { username: 'ASC' } });
    return users.map(({ username }) => username);
  }

  /** Of all admins: who they are, and which of their tokens are accepted. */
  findTokenEpochs(): Promise<Pick<AdminUserEntity, 'id' | 'username' | 'tokenEpoch'>[]> {
    return this.users.find({ select: { id: true, username: true, tokenEpoch: true } });
  }

  hasAny(): Promise<boolean> {
    return this.users.exists();
  }

  /** @returns false, with nothing changed, when there is an admin already */
  async insertFirst(username: string, passwordHash: string): Promise<boolean> {
    const rows = await this.users.query<unknown[]>(
      `INSERT INTO admin_user (username, password_hash)
       SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM admin_user)
       ON CONFLICT (username) DO NOTHING RETURNING id`,
      [username, passwordHash],
    );
    return rows.length === 1;
  }

  /**
   * Sets the password and ends all tokens that were issued before.
   * @param of the user, found by what is given
   * @returns false when there is no such user
   */
  async setPassword(
    of: Partial<Pick<AdminUserEntity, 'id' | 'username' | 'passwordHash'>>,
    passwordHash: string,
  ): Promise<boolean> {
    const { affected } = await this.users.update(of, { passwordHash, tokenEpoch: () => 'token_epoch + 1' });
    return affected === 1;
  }
}
