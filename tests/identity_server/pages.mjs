// The two pages that people see: who they are, and whether they allow what is asked for.

const escaped = (text) => text.replace(/[&<>"]/g, (it) => `&#${it.charCodeAt(0)};`);

const page = (title, fields) => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1>
<form method="post">${fields}
<button name="answer" value="continue">Continue</button>
<button name="answer" value="cancel">Cancel</button></form></html>`;

export function interactions(provider, people) {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next();
    const asked = await provider.interactionDetails(ctx.req, ctx.res);
    const isLogin = asked.prompt.name === 'login';
    const form = new URLSearchParams(ctx.method === 'POST' ? await text(ctx.req) : '');
    const isWrong = isLogin && form.get('answer') === 'continue' && !(form.get('account') in people);
    if (ctx.method !== 'POST' || isWrong) {
      ctx.type = 'html';
      ctx.body = isLogin ? login(asked) : consent(asked);
      return undefined;
    }
    const result = await outcome(provider, asked, form);
    const to = await provider.interactionResult(ctx.req, ctx.res, result);
    ctx.status = 303;
    ctx.redirect(to);
    return undefined;
  };
}

const login = ({ params }) => page(
  'Sign in',
  `<p><label>Account <input name="account" value="${escaped(params.login_hint ?? '')}"></label></p>`,
);

const consent = ({ params }) => page(
  'Permissions requested',
  `<p>${escaped(params.client_id)} wants: ${escaped(params.scope ?? '')}</p>`,
);

async function outcome(provider, asked, form) {
  if (form.get('answer') === 'cancel') {
    return { error: 'access_denied', error_description: 'The person pressed Cancel.' };
  }
  if (asked.prompt.name === 'login') {
    return { login: { accountId: form.get('account') } };
  }
  const { accountId } = asked.session;
  const grant = new provider.Grant({ accountId, clientId: asked.params.client_id });
  grant.addOIDCScope(asked.params.scope);
  for (const [resource, scopes] of Object.entries(asked.prompt.details.missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  return { consent: { grantId: await grant.save() } };
}

async function text(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}
