// A real OpenID provider for tests of token checking: somebody else's code issues and signs the tokens that we must
// accept or refuse. It prints one line of JSON when it is ready and ends when its standard input closes, so that it
// cannot outlive the test that started it. README.md says what a token request may ask for.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const CLIENT = { client_id: 'tests', client_secret: 'tests-secret-of-no-worth' };
const DEFAULT_AUDIENCE = 'urn:mentorship:api';

const KEY_TYPES = {
  RS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
};

/** One new private key per algorithm; its `kid` names the algorithm so that a failing test is easy to read. */
function makeKeys() {
  return Object.entries(KEY_TYPES).map(([alg, [type, options]]) => {
    const jwk = generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' });
    return { ...jwk, alg, use: 'sig', kid: `${alg}-${Date.now().toString(36)}` };
  });
}

/** The members of a JSON object in a request parameter; none when the parameter is absent. */
function members(parameter) {
  return parameter ? JSON.parse(parameter) : {};
}

/** Puts the claims that the test asked for into the token, just before it is signed. */
function shapeToken(ctx, _token, { payload }) {
  const { sub, email, roles, claims } = ctx.oidc.body;
  const wanted = { sub, email, roles: roles?.split(/[ ,]+/).filter(Boolean), ...members(claims) };
  for (const [name, value] of Object.entries(wanted)) {
    // `null` takes a claim away, so that a test can ask for a token without `exp`.
    if (value === null) delete payload[name];
    else if (value !== undefined) payload[name] = value;
  }
}

function configuration() {
  return {
    jwks: { keys: makeKeys() },
    cookies: { keys: ['no cookies are used here'] },
    clients: [{ ...CLIENT, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }],
    // Claims are asked for as plain parameters of the token request.
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => DEFAULT_AUDIENCE,
        getResourceServerInfo: (ctx, resource) => ({
          audience: ctx.oidc.body.audience ?? resource,
          scope: '',
          accessTokenFormat: 'jwt',
          accessTokenTTL: Number(ctx.oidc.body.ttl_seconds ?? 300),
          jwt: { sign: { alg: ctx.oidc.body.alg ?? 'RS256' } },
        }),
      },
    },
    enabledJWA: { idTokenSigningAlgValues: Object.keys(KEY_TYPES) },
    formats: { customizers: { jwt: shapeToken } },
  };
}

// The issuer holds the port, so the port must be known before the provider exists.
const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, configuration());
provider.on('server_error', (_ctx, error) => console.error(error));
server.on('request', provider.callback());

process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0)).resume();
console.log(JSON.stringify({
  issuer,
  jwks_uri: `${issuer}/jwks`,
  token_endpoint: `${issuer}/token`,
  ...CLIENT,
  algorithms: Object.keys(KEY_TYPES),
  default_audience: DEFAULT_AUDIENCE,
}));
