import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/*
 * For the health check of a container, which has no curl: exits with 0 when the process answers. Orchestrators that know
 * more than one kind of check ask /health and /health/ready themselves.
 */
const { PORT = '8000', TLS_CERT_FILE = '' } = process.env;
const request = TLS_CERT_FILE === '' ? requestHttp : requestHttps;
// It asks this machine, whatever the name in the certificate.
const options = { host: '127.0.0.1', port: PORT, path: '/health', timeout: 4_000, rejectUnauthorized: false };
const asked = request(options, (response) => process.exit(response.statusCode === 200 ? 0 : 1));
asked.on('timeout', () => process.exit(1));
asked.on('error', () => process.exit(1));
asked.end();
