// npm `openid-client` as relying party of an issuer: what a right client accepts and refuses.
import * as client from "openid-client";

/**
 * Signs in at `peer` (as of `oidc_provider.mjs` and the other issuers) by code, PKCE, state and nonce, and reads
 * userinfo. Returns `{ claims, userinfo, tokens }`; throws where a check fails.
 */
export async function signIn(peer, { redirectUri = peer.client.redirect_uris[0], seconds = 5, metadata, scope = "openid profile email", ...options } = {}) {
  const basic = peer.client.token_endpoint_auth_method === "client_secret_basic";
  const authentication = basic ? client.ClientSecretBasic() : undefined;
  const config = await client.discovery(new URL(peer.issuer), peer.client.client_id,
    { client_secret: peer.client.client_secret, ...metadata }, authentication,
    { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks], timeout: seconds });
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri, scope, state, nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  });
  const callback = await peer.signIn(url.href, { redirectUri, ...options });
  const tokens = await client.authorizationCodeGrant(config, new URL(callback.url),
    { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });
  const claims = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  return { claims, userinfo, tokens, agent: callback.agent };
}
