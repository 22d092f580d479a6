// What oidc-provider is set to, so that it resembles Entra: tid and oid, scopes of a resource.

export function configuration(wanted, key) {
  const client = {
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    redirect_uris: ['https://localhost/callback'],
  };
  return {
    clients: [
      {
        ...client,
        client_id: wanted.client.id,
        client_secret: wanted.client.secret,
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        ...client,
        client_id: wanted.certified.id,
        jwks: wanted.certified.jwks,
        token_endpoint_auth_method: 'private_key_jwt',
      },
    ],
    jwks: { keys: [{ ...key.export({ format: 'jwk' }), kid: 'first', use: 'sig' }] },
    cookies: { keys: ['of a test'] },
    claims: {
      openid: ['sub', 'tid', 'oid', 'roles'],
      profile: ['name', 'preferred_username'],
      email: ['email'],
    },
    // Entra puts them into the ID token, whichever else is given out with it.
    conformIdTokenClaims: false,
    findAccount: (_, id) => account(wanted, id),
    rotateRefreshToken: true,
    interactions: { url: (_, { uid }) => `/${wanted.tenant}/v2.0/interaction/${uid}` },
    ttl: {
      AuthorizationCode: 60, Grant: 86400, IdToken: 3600, Interaction: 600, RefreshToken: 86400,
      Session: 3600,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // Entra tells the resource by the scope.
        defaultResource: (ctx, _, oneOf) => oneOf ?? resourceOf(ctx.oidc.params.scope),
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          scope: `${resource.slice('urn:'.length)}/.default`,
          accessTokenFormat: 'jwt',
          accessTokenTTL: wanted.accessTokenSeconds,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  };
}

function resourceOf(scope = '') {
  const found = scope.split(' ').find((one) => one.endsWith('/.default'));
  return found && `urn:${found.slice(0, -'/.default'.length)}`;
}

function account(wanted, id) {
  const person = wanted.people[id];
  if (!person) return undefined;
  return {
    accountId: id,
    claims: () => ({
      sub: id,
      tid: wanted.tenant,
      oid: person.oid,
      name: person.name,
      preferred_username: id,
      email: id,
      roles: person.roles,
    }),
  };
}
