import { Cdn, throughACdn } from './cdn.js';
import * as facts from './facts.js';
import { guidesFollowed } from './guides.js';
import * as identity from './identity.js';
import { inARollout } from './rollout.js';
import * as scenarios from './scenarios.js';
import * as trouble from './trouble.js';
import { Stage } from './stage.js';

/**
 * The component, compiled with its port to ESP-IDF, updates a simulated ESP32-P4 against the built server on loopback.
 * Usage: node run.js [DEVICE [PART OF A NAME]], with NODE_EXTRA_CA_CERTS for the server's certificate.
 */
const [, , program = 'dist/esp32/device', chosen = ''] = process.argv;
const TLS = { TLS_CERT_FILE: scenarios.CERTIFICATE, TLS_KEY_FILE: 'test/fixtures/tls/localhost.key' };
const HTTPS = { ...TLS, OTA_DOWNLOAD_SECRET: 'signed-urls' };
/** One worker, so that what an admin did holds for the next request. */
const REQUIRED = { ...TLS, DEVICE_AUTH: 'required', WORKERS: '1' };

const stage = new Stage(program, chosen);
const authority = new identity.Authority();
const cdn = await Cdn.open();
try {
  await stage.play(
    {},
    {
      'a device updates itself from 1.0.0 to 1.1.0': scenarios.plainUpdate,
      'the same by the blocking function': scenarios.blockingUpdate,
      'a connection that is cut: it goes on where it was': scenarios.cutConnection,
      'a power cut: it downloads what is missing': scenarios.powerCut,
      'a cut connection and a power cut in one update': scenarios.bothCuts,
      'failing diagnostics: it goes back, and the server says why': scenarios.failingDiagnostics,
      'a power cut in the first run of the new image: it is tried again': scenarios.powerCutInTheTrial,
      'a power cut while the new image is being confirmed': scenarios.powerCutWhileConfirming,
      'power cuts from the first operation to the last': scenarios.powerCuts,
      'a crash in the first run of the new image: it goes back and stays there': scenarios.crash,
      'a bootloader without rollback: the update stays, and the server is told': scenarios.noRollback,
      'every check says what the device is, and the server takes all of it': facts.taken,
      'a server that does not know these fields': facts.unknown,
      'a server that drops them': facts.dropped,
    },
  );
  await stage.play(
    { WORKERS: '2' },
    {
      'the workers are replaced at every step of an update': trouble.rollingRestarts,
      'the server stops and starts in the middle of an update': trouble.restarts,
      'NVS without room: no restart by itself, and nothing is erased in vain': trouble.fullNvs,
    },
  );
  await stage.play(
    { WORKERS: '1', OTA_DOWNLOAD_SECRET: 'signed-urls', OTA_DOWNLOAD_TTL_SECONDS: '2' },
    {
      'a signed URL that ends in the middle of the download is renewed': trouble.expiredUrl,
      'an overloaded server is asked again': trouble.overload,
    },
  );
  await stage.play({}, { 'a rollout: one confirms, one rolls back, one dies': inARollout });
  await stage.play({}, { 'the guides to the letter: one update': guidesFollowed });
  await stage.play(HTTPS, {
    'over HTTPS, one connection for a cycle, the session resumed in the next': scenarios.overHttps,
    'over HTTPS, with signed URLs, a cut connection and a power cut': scenarios.overHttpsWithCuts,
    'a server whose certificate is not trusted is told nothing': scenarios.unknownRoot,
  });
  await stage.play(
    { ...TLS, DOWNLOAD_BASE_URL: cdn.url },
    { 'an image from a CDN, with a cut connection and a power cut': throughACdn(cdn) },
  );
  await stage.play(
    { ...REQUIRED, TLS_CLIENT_CA_FILE: authority.certificate },
    {
      'DEVICE_AUTH=required over HTTPS: a device enrols, updates and reports': identity.enrolls,
      'a revoked token is renewed': identity.renewsItsToken,
      'a device that lost its token waits for an admin': identity.losesItsToken,
      'a device waits until an operator accepts it': identity.waitsForAcceptance,
      'a token from the factory partition': identity.tokenFromTheFactory,
      'power cuts while enrolling': identity.powerCutsWhileEnrolling,
      'a client certificate': identity.clientCertificate(authority),
    },
  );
} finally {
  authority.remove();
  await cdn.close();
  const { line, isGood } = stage.finish();
  process.stdout.write(`${line}\n`);
  process.exitCode = isGood ? 0 : 1;
}
