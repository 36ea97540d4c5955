import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import {
  looksLikeDeviceToken,
  mintDeviceToken,
  verifyDeviceToken,
  type DeviceTokenClaims,
} from '../../domain/device-token.js';
import { SecretRepository } from '../../secrets/secrets.exports.js';

/** Devices that come again before others have taken their places; about 10 MB at the most. */
const TOKENS_REMEMBERED = 50_000;

/** Makes the tokens of devices and knows them again, by the secret that all servers of one database share. */
@Injectable()
export class DeviceTokens implements OnModuleInit {
  private secret: Buffer | null = null;
  /** By the header that they came in. */
  private readonly verified = new Map<string, DeviceTokenClaims>();

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

  /**
   * Known headers are looked up as they came: cutting a token out of each costs more than to find it.
   * @param authorization the header of a request
   * @returns `wrong` for a device token that is none of this server; undefined for what is no device token, as the bearer
   * of an admin
   */
  read(authorization: string): DeviceTokenClaims | 'wrong' | undefined {
    return this.verified.get(authorization) ?? this.verify(authorization);
  }

  private verify(authorization: string): DeviceTokenClaims | 'wrong' | undefined {
    const [, token = ''] = /^bearer +(.*)$/i.exec(authorization) ?? [];
    if (!looksLikeDeviceToken(token)) return undefined;
    const claims = verifyDeviceToken(token, this.usedSecret());
    // Only those that are right are remembered: anybody may send others.
    if (!claims) return 'wrong';
    if (this.verified.size >= TOKENS_REMEMBERED) this.verified.clear();
    this.verified.set(authorization, claims);
    return claims;
  }

  private usedSecret(): Buffer {
    if (this.secret) return this.secret;
    throw new Error('Device tokens are used before the app has started.');
  }
}
