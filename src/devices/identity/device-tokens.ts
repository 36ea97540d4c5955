import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { BoundedCache } from '../../domain/bounded-cache.js';
import { mintDeviceToken, verifyDeviceToken, type DeviceTokenClaims } from '../../domain/device-token.js';
import { SecretRepository } from '../../secrets/secret.repository.js';

/** Devices that come again before others have taken their places; about 10 MB at the most. */
const TOKENS_REMEMBERED = 50_000;
const WRONG = new Error('The device token was not made with the secret of this server.');

/** Makes the tokens of devices and knows them again, by the secret that all servers of one database share. */
@Injectable()
export class DeviceTokens implements OnModuleInit {
  private secret: Buffer | null = null;
  private readonly verified = new BoundedCache<[string], DeviceTokenClaims>(TOKENS_REMEMBERED);

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly secrets: SecretRepository,
  ) {}

  async onModuleInit(): Promise<void> {
    const { tokenSecret } = this.config.devices;
    this.secret =
      tokenSecret === null ? await this.secrets.sharedSecret('device-token') : Buffer.from(tokenSecret);
  }

  mint(claims: DeviceTokenClaims): string {
    return mintDeviceToken(claims, this.usedSecret());
  }

  /** @returns null for what is no token of this server; only those that are one are remembered */
  verify(token: string): DeviceTokenClaims | null {
    try {
      return this.verified.get([token], () => {
        const claims = verifyDeviceToken(token, this.usedSecret());
        if (claims) return claims;
        throw WRONG;
      });
    } catch (error) {
      if (error === WRONG) return null;
      throw error;
    }
  }

  private usedSecret(): Buffer {
    if (this.secret) return this.secret;
    throw new Error('Device tokens are used before the app has started.');
  }
}
