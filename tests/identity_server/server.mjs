// The identity server that tests sign in at: oidc-provider over TLS, in the manner of Entra.
//
// The first line of its standard input says what it is to be; it ends when that input does. Its
// one line of output is the port. /control is for tests, the rest for browsers and clients.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';

import { Provider } from 'oidc-provider';

import { configuration } from './configuration.mjs';
import { Tokens } from './tokens.mjs';
import { interactions } from './pages.mjs';

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => start(JSON.parse(line)));
lines.once('close', () => process.exit(0));

function start(wanted) {
  let answer;
  const server = createServer({ key: wanted.tls.key, cert: wanted.tls.certificate });
  server.on('request', (request, response) => answer(request, response));
  server.listen(wanted.port, 'localhost', () => {
    const { port } = server.address();
    answer = answering(wanted, `https://localhost:${port}`);
    console.log(JSON.stringify({ port }));
  });
}

function answering(wanted, url) {
  const below = `/${wanted.tenant}/v2.0`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider = new Provider(`${url}${below}`, configuration(wanted, privateKey));
  const tokens = new Tokens(provider, privateKey);
  // As with Entra, a desktop app's http://localhost:<any port> needs no registration.
  provider.Client.prototype.redirectUriAllowed = (uri) => new URL(uri).hostname === 'localhost';
  provider.use(interactions(provider, wanted.people));
  provider.use(tokens.middleware());
  const answer = provider.callback();
  return async (request, response) => {
    if (request.url === '/control') {
      response.end(JSON.stringify(tokens.control(JSON.parse(await body(request)))));
    } else if (request.url.startsWith(`${below}/`)) {
      request.url = asTheSpecificationHasIt(request.url.slice(below.length));
      // What it finds before its own paths it puts before those that it gives out.
      request.originalUrl = `${below}${request.url}`;
      answer(request, response);
    } else {
      response.writeHead(404).end('{"error": "invalid_tenant"}');
    }
  };
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

// Entra gives out refresh tokens unasked for consent, and knows prompt=select_account.
function asTheSpecificationHasIt(path) {
  const url = new URL(path, 'https://localhost');
  if (url.pathname !== '/auth') return path;
  const scopes = (url.searchParams.get('scope') ?? '').split(' ');
  const prompts = [];
  if (url.searchParams.get('prompt') === 'select_account') prompts.push('login');
  if (scopes.includes('offline_access')) prompts.push('consent');
  if (prompts.length > 0) url.searchParams.set('prompt', prompts.join(' '));
  return `${url.pathname}${url.search}`;
}
