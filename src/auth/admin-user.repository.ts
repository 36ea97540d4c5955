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

  exists(id: number): Promise<boolean> {
    return this.users.existsBy({ id });
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
}
