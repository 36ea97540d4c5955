import { ApiProperty } from '@nestjs/swagger';

export class SessionResponse {
  @ApiProperty({
    description: 'Send it as `Authorization: Bearer …`.',
    example: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.dGhlIHNpZ25hdHVyZQ',
  })
  access_token!: string;

  @ApiProperty({ example: 900, description: 'Lifetime of the token in seconds.' })
  expires_in!: number;

  static from(session: { readonly accessToken: string; readonly expiresInSeconds: number }): SessionResponse {
    return { access_token: session.accessToken, expires_in: session.expiresInSeconds };
  }
}
