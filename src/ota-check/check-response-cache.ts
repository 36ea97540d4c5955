import { PreparedJson } from '../http/prepared-json.js';
import type { UpdateDecision } from '../domain/update-decision.js';
import type { Release } from '../releases/releases.exports.js';
import { CheckResponse } from './dto/check.dto.js';
import type { CheckOutcome } from './ota-check.service.js';

/** The answer to an offer, up to the URL and after it. */
interface OfferText {
  readonly before: string;
  readonly after: string;
  /** Bytes of both, in UTF-8. */
  readonly byteLength: number;
  /** The last one that was put together; without signatures it is the same for every device. */
  last: { readonly url: string; readonly answer: PreparedJson<CheckResponse> } | null;
}

/** Writes each answer once, for as long as its release stands in the catalog. */
export class CheckResponseCache {
  private readonly offers = new WeakMap<Release, OfferText>();
  private readonly refusals = new Map<string, PreparedJson<CheckResponse>>();

  to({ decision, downloadUrl }: CheckOutcome): PreparedJson<CheckResponse> {
    return decision.kind === 'offer' ? this.offer(decision.release, downloadUrl) : this.refusal(decision);
  }

  private offer(release: Release, url: string): PreparedJson<CheckResponse> {
    const text = this.offers.get(release) ?? this.write(release);
    if (text.last?.url === url) return text.last.answer;
    // What a check signs has nothing in it that JSON escapes, and a byte for each character.
    const answer = new PreparedJson<CheckResponse>(
      text.before + url + text.after,
      text.byteLength + url.length,
    );
    text.last = { url, answer };
    return answer;
  }

  private write(release: Release): OfferText {
    const whole = JSON.stringify(
      CheckResponse.from({ decision: { kind: 'offer', release }, downloadUrl: '' }),
    );
    // Found once: within a text JSON escapes the quotes.
    const place = whole.indexOf('"download_url":""') + '"download_url":"'.length;
    const text = {
      before: whole.slice(0, place),
      after: whole.slice(place),
      byteLength: Buffer.byteLength(whole),
      last: null,
    };
    this.offers.set(release, text);
    return text;
  }

  private refusal(decision: Extract<UpdateDecision<Release>, { kind: 'none' }>): PreparedJson<CheckResponse> {
    const known = this.refusals.get(decision.reason);
    if (known) return known;
    const answer = PreparedJson.of(CheckResponse.from({ decision, downloadUrl: '' }));
    this.refusals.set(decision.reason, answer);
    return answer;
  }
}
