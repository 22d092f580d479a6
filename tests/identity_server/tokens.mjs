// What is given out at the token endpoint, and how that goes wrong when a test wants it to.

import { SignJWT } from 'jose';

const json = (status, content, headers = {}) => ({ status, body: content, headers });

// Answers that take the place of what would have been said.
const ANSWERS = {
  throttled: json(429, { error: 'temporarily_unavailable' }, { 'Retry-After': '7' }),
  unavailable: json(503, { error: 'temporarily_unavailable' }),
  html: json(200, '<!doctype html><title>We are working on it</title>'),
  invalid_client: json(401, { error: 'invalid_client', error_description: 'The secret expired.' }),
  unauthorized_client: json(400, { error: 'unauthorized_client' }),
  markup: json(400, {
    error: 'invalid_grant', error_description: `<script>alert(1)</script>\u0007${'x'.repeat(999)}`,
  }),
  conditional_access: json(400, { error: 'interaction_required', suberror: 'basic_action' }),
  password_expired: json(400, { error: 'invalid_grant', suberror: 'user_password_expired' }),
};

// Claims of the ID token that are replaced.
const CLAIMS = {
  wrong_tid: { tid: '99999999-9999-4999-8999-999999999999' },
  wrong_aud: { aud: 'somebody-elses-app' },
  wrong_iss: { iss: 'https://identity.example/v2.0' },
  wrong_nonce: { nonce: 'of another sign-in' },
  expired: { exp: 1_000_000_000 },
  nobody: { oid: undefined },
};

export class Tokens {
  #provider;
  #key;
  #grants = new Set();
  #given = new Map(); // access token → { grant, until }
  #planned = [];
  #requests = 0;

  constructor(provider, key) {
    this.#provider = provider;
    this.#key = key;
    provider.on('grant.revoked', (_, id) => this.#forget(id));
  }

  control({ fail, times, well, revokeAll, knows }) {
    if (fail) this.#planned.push(...Array(times).fill(fail));
    if (well) this.#planned.length = 0;
    if (revokeAll) [...this.#grants].forEach((id) => this.#revoke(id));
    const given = this.#given.get(knows);
    return {
      requests: this.#requests,
      knows: given !== undefined && given.until > Date.now(),
    };
  }

  middleware() {
    return async (ctx, next) => {
      if (ctx.path !== '/token' || ctx.method !== 'POST') return next();
      this.#requests += 1;
      const wrong = this.#planned.shift();
      if (wrong === 'hang') return new Promise(() => {});
      if (wrong in ANSWERS) return this.#answer(ctx, ANSWERS[wrong]);
      await next();
      if (ctx.status === 200) await this.#note(ctx, CLAIMS[wrong]);
      if (wrong === 'nothing_new') delete ctx.body.refresh_token;
      return undefined;
    };
  }

  #answer(ctx, { status, body, headers }) {
    ctx.status = status;
    ctx.set(headers);
    ctx.body = body;
  }

  async #note(ctx, replaced) {
    // An app asks for itself: nobody has granted it anything.
    const grant = ctx.oidc.entities.Grant?.jti;
    if (grant) this.#grants.add(grant);
    const until = Date.now() + ctx.body.expires_in * 1000;
    this.#given.set(ctx.body.access_token, { grant, until });
    if (replaced && ctx.body.id_token) {
      ctx.body = { ...ctx.body, id_token: await this.#forged(ctx.body.id_token, replaced) };
    }
  }

  // Signed as the others are: what is wrong with it is the claim alone.
  async #forged(token, replaced) {
    const [head, claims] = token.split('.').slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    return new SignJWT({ ...claims, ...replaced }).setProtectedHeader(head).sign(this.#key);
  }

  #revoke(id) {
    this.#forget(id);
    this.#grants.delete(id);
    return this.#provider.Grant.adapter.destroy(id);
  }

  #forget(id) {
    for (const [token, { grant }] of this.#given) {
      if (grant === id) this.#given.delete(token);
    }
  }
}
